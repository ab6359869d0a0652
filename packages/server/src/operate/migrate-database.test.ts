import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterEach, expect, test } from 'vitest'
import { makeToken, showCode } from '../../test/device.ts'
import { BROWSER, makeDatabase, makePerson, type World } from '../../test/world.ts'
import { sealBlocks } from '../audit/seal-blocks.ts'
import { verifyChain } from '../audit/verify-chain.ts'
import { type Config, readConfig } from '../config.ts'
import { openDatabase } from '../db/open.ts'
import { validateCode } from '../tokens/validate-code.ts'
import { findUserByName } from '../users/find-user.ts'
import { migrateDatabase } from './migrate-database.ts'
import { countRows, NAMES } from './move-rows.ts'
import { DataInUse, hasDatabase, openContext } from './open-context.ts'

const LOG = pino({ level: 'silent' })
const MANY = 1_203
const cleaning: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const clean of cleaning.splice(0)) await clean()
})

/** An embedded database with somebody in it, and an empty one on PostgreSQL. */
async function openBoth() {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-moving-'))
  const { url, drop } = await makeDatabase()
  cleaning.push(drop, async () => rmSync(folder, { recursive: true, force: true }))
  const environment = { LATCHKEY_DATA: join(folder, 'data'), LATCHKEY_PASSWORD_MEMORY_KI_B: '19456', LATCHKEY_PASSWORD_PASSES: '1' }
  const [here, there] = [readConfig(environment), readConfig({ ...environment, LATCHKEY_DATABASE_URL: url })]
  const { context, close } = await openContext(here, LOG)
  const unused = (): never => {
    throw new Error('not in this world')
  }
  const world: World = { ...context, pass: unused, setTime: unused, another: unused, close }
  const { device } = await makeToken(world, await makePerson(world, 'grace'))
  await context.db.transaction(async (tx) => {
    for (let number = 0; number < MANY; number += 1)
      await tx
        .insertInto('facts')
        .values({ name: `fact-${number}`, value: 'ß' })
        .execute()
  })
  await sealBlocks(context)
  await close()
  return { here, there, device }
}
const filesOf = ({ data }: Config) => readdirSync(data).filter((name) => name.startsWith('latchkey.db'))

test('who only looks whether there is a database makes none: one that is empty can be moved into', async () => {
  const { here, there } = await openBoth()
  expect([await hasDatabase(here), await hasDatabase(there)]).toEqual([true, false])
  expect(await migrateDatabase(there, Date.now())).toMatchObject({ outcome: 'moved' })
  expect([await hasDatabase(here), await hasDatabase(there)]).toEqual([false, true])
})

test('everything is there afterwards, and goes on there; the old database is aside', async () => {
  const { here, there, device } = await openBoth()
  const from = await openDatabase({ databaseUrl: undefined, file: here.databaseFile })
  const counts = await Promise.all(NAMES.map((name) => countRows(from, name)))
  await from.close()
  const moved = await migrateDatabase(there, Date.now())
  expect(moved).toMatchObject({ outcome: 'moved', rows: counts.reduce((sum, rows) => sum + rows, 0) })
  expect(filesOf(here).filter((name) => !name.startsWith('latchkey.db.moved-'))).toEqual([])
  const { context, close } = await openContext(there, LOG)
  const grace = await findUserByName(context, 'grace')
  expect(await validateCode(context, BROWSER, grace?.id, showCode(device, Date.now()), { bare: false })).toMatchObject({
    outcome: 'accepted',
  })
  await sealBlocks(context)
  expect(await verifyChain(context)).toMatchObject({ whole: true })
  expect(await context.db.read.selectFrom('facts').select('name').where('name', 'like', 'moving%').execute()).toEqual([])
  await close()
  expect(await migrateDatabase(there, Date.now())).toEqual({ outcome: 'no-database' })
})

test('what was interrupted goes on where it was', async () => {
  const { here, there } = await openBoth()
  const seen: number[] = []
  const interrupted = migrateDatabase(there, Date.now(), (table, rows) => {
    if (table !== 'facts') return
    seen.push(rows)
    throw new Error('the power went')
  })
  await expect(interrupted).rejects.toThrow('the power went')
  await expect(openContext(there, LOG)).rejects.toBeInstanceOf(DataInUse)
  expect(existsSync(here.databaseFile)).toBe(true)
  expect(await migrateDatabase(there, Date.now(), (table, rows) => void (table === 'facts' && seen.push(rows)))).toMatchObject({
    outcome: 'moved',
  })
  expect(seen.slice(0, 2)).toEqual([500, 500])
  expect(Math.max(...seen)).toBeLessThan(MANY)
})

test('interrupted after all was compared, it puts the old database aside', async () => {
  const { here, there } = await openBoth()
  const moved = await migrateDatabase(there, Date.now())
  if (moved.outcome !== 'moved') throw new Error(moved.outcome)
  renameSync(moved.aside, here.databaseFile)
  expect(await migrateDatabase(there, Date.now())).toMatchObject({ outcome: 'moved' })
})

test('a row that is not the same is found, and the old database stays', async () => {
  const { here, there } = await openBoth()
  const altered = migrateDatabase(there, Date.now(), (table) => {
    if (table === 'users') throw new Error('stop')
  })
  await expect(altered).rejects.toThrow('stop')
  const to = await openDatabase({ databaseUrl: there.databaseUrl, file: there.databaseFile })
  await to.transaction((tx) => tx.updateTable('users').set({ display_name: 'somebody else' }).execute())
  await to.close()
  expect(await migrateDatabase(there, Date.now())).toMatchObject({ outcome: 'differs', table: 'users' })
  expect(existsSync(here.databaseFile)).toBe(true)
})

test('nothing is moved while somebody works on it, nor into a database that is not empty, nor from or to nowhere', async () => {
  const { here, there } = await openBoth()
  expect(await migrateDatabase(here, Date.now())).toEqual({ outcome: 'no-target' })
  const running = await openContext(here, LOG)
  expect(await migrateDatabase(there, Date.now())).toEqual({ outcome: 'in-use' })
  await running.close()
  const to = await openDatabase({ databaseUrl: there.databaseUrl, file: there.databaseFile })
  await to.transaction((tx) => tx.insertInto('facts').values({ name: 'other', value: '' }).execute())
  await to.close()
  expect(await migrateDatabase(there, Date.now())).toEqual({ outcome: 'not-empty' })
})
