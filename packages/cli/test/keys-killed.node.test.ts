import { cpSync, mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '@latchkey/server/config'
import { type Context, INSIDE } from '@latchkey/server/context'
import { keyIds } from '@latchkey/server/keys/load-keys'
import { rowsUnderOthers } from '@latchkey/server/keys/reseal'
import { placeOf, SEALED_COLUMNS } from '@latchkey/server/keys/sealed-columns'
import { openSilentLog } from '@latchkey/server/observe/log'
import { openContext } from '@latchkey/server/operate/open-context'
import { enqueue } from '@latchkey/server/outbox/enqueue'
import { addUser } from '@latchkey/server/users/add-user'
import { expect, test } from 'vitest'
import { latchkey } from './command-line.ts'

const MAILS = 250
const MOST_STEPS = 200
/** Steps that are tried beside each other, each on a copy of its own. */
const AT_ONCE = 3
const KILL = join(import.meta.dirname, 'kill-at.mjs')

async function onData<T>(data: string, work: (context: Context) => Promise<T>): Promise<T> {
  const { context, close } = await openContext(readConfig({ LATCHKEY_DATA: data }), openSilentLog())
  try {
    return await work(context)
  } finally {
    await close()
  }
}

async function newData(): Promise<string> {
  const data = join(mkdtempSync(join(tmpdir(), 'latchkey-')), 'data')
  await onData(data, async (context) => {
    await addUser(context, { ...INSIDE, address: '192.0.2.7' }, { name: 'alice', email: 'alice@example.test' })
    await context.db.transaction(async (tx) => {
      for (let n = 0; n < MAILS; n += 1)
        await enqueue(context, tx, undefined, { kind: 'mail', to: ['a@example.test'], subject: 's', text: `${n}` })
    })
  })
  return data
}

/** Opens every sealed value with the keys that are there. @throws if one does not open */
function openAll(data: string): Promise<number> {
  return onData(data, async ({ db, keys }) => {
    let opened = 0
    for (const column of SEALED_COLUMNS) {
      for (const { key, sealed } of await rowsUnderOthers(db.read, column, 'none....', undefined, 10_000)) {
        keys.open(placeOf(column, key), sealed)
        opened += 1
      }
    }
    return opened
  })
}

test('a rotation that is killed before any step of it leaves every value open, and the next one ends it', async () => {
  const whole = await newData()
  const before = await openAll(whole)
  expect(before).toBeGreaterThan(MAILS)
  const keysAt = new Set<number>()
  const breakOff = async (step: number): Promise<number | null> => {
    const data = join(mkdtempSync(join(tmpdir(), 'latchkey-')), 'data')
    cpSync(whole, data, { recursive: true })
    const environment = { LATCHKEY_DATA: data, LATCHKEY_KILL_AT: String(step) }
    const { status, signal } = await latchkey('unused', ['keys', 'rotate'], [], { environment, node: ['--import', KILL] })
    expect(status === 0 || signal === 'SIGKILL', `step ${step}: ${status}`).toBe(true)
    const file = join(data, 'keys.json')
    keysAt.add(keyIds({ file }).length)
    expect(await openAll(data), `step ${step}`).toBeGreaterThanOrEqual(before)
    const next = await latchkey('unused', ['keys', 'rotate', '--json'], [], { environment: { LATCHKEY_DATA: data } })
    expect([next.status, JSON.parse(next.stdout)]).toMatchObject([0, { dropped: true }])
    const [only = '', ...others] = keyIds({ file })
    expect(others).toEqual([])
    expect(await openAll(data), `after step ${step}`).toBeGreaterThanOrEqual(before)
    await onData(data, async ({ db }) => {
      for (const column of SEALED_COLUMNS) expect(await rowsUnderOthers(db.read, column, only, undefined, 1), column.table).toEqual([])
    })
    expect(readdirSync(data)).not.toContain('keys.json.new')
    return status
  }
  let ended: (number | null)[] = []
  for (let step = 0; step < MOST_STEPS && !ended.includes(0); step += AT_ONCE)
    ended = await Promise.all(Array.from({ length: AT_ONCE }, (_, more) => breakOff(step + more)))
  expect(ended).toContain(0)
  expect([...keysAt].sort()).toEqual([1, 2])
})
