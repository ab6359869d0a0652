import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stepAt } from '@latchkey/protocol/otp/totp'
import pino from 'pino'
import { expect, test } from 'vitest'
import { makeToken, showCode } from '../../test/device.ts'
import { enrolPerson } from '../../test/people.ts'
import { makePerson, onBothEngines, START } from '../../test/world.ts'
import { verifyChain } from '../audit/verify-chain.ts'
import { type Config, readConfig } from '../config.ts'
import { INSIDE } from '../context.ts'
import { makeLink } from '../links/make-link.ts'
import { enqueue } from '../outbox/enqueue.ts'
import { ensureKeys } from '../signing-keys/ensure-keys.ts'
import { openSigningKeys } from '../signing-keys/open-signing-keys.ts'
import { endToken } from '../tokens/end-token.ts'
import { eraseEnded } from '../tokens/erase-ended.ts'
import { validateCode } from '../tokens/validate-code.ts'
import { backup } from './backup.ts'
import { markRestored } from './mark-restored.ts'
import { type OpenContext, openContext } from './open-context.ts'
import { restore } from './restore.ts'

const LOG = pino({ level: 'silent' })
const AT = START + 3_600_000
const newConfig = (): Config => readConfig({ LATCHKEY_DATA: join(mkdtempSync(join(tmpdir(), 'latchkey-backup-')), 'data') })
const back = (config: Config, file: string, force = true) => restore(config, INSIDE, file, { force, at: AT })
const write = ({ context }: OpenContext, name: string, value = '') =>
  context.db.transaction((tx) => tx.insertInto('facts').values({ name, value }).execute())
const facts = async ({ context }: OpenContext): Promise<string[]> => {
  const rows = await context.db.read.selectFrom('facts').select('name').orderBy('name').execute()
  return rows.map(({ name }) => name)
}

/** A database with one fact, and a backup of it. */
async function backedUp(): Promise<{ config: Config; file: string }> {
  const config = newConfig()
  const file = join(mkdtempSync(join(tmpdir(), 'latchkey-backup-')), 'backup')
  const open = await openContext(config, LOG)
  await write(open, 'before')
  expect(await backup(config, file, '0', START)).toMatchObject({ outcome: 'made' })
  await write(open, 'after')
  await open.close()
  return { config, file }
}

test('a backup that is made while others write is whole, and for its owner alone', async () => {
  const config = newConfig()
  const file = join(mkdtempSync(join(tmpdir(), 'latchkey-backup-')), 'backup')
  const open = await openContext(config, LOG)
  let writing = true
  const writer = (async () => {
    for (let index = 0; writing; index += 1) await write(open, `fact-${index}`, 'x'.repeat(1_000))
  })()
  for (let round = 0; round < 5; round += 1) expect(await backup(config, file, '0', START)).toMatchObject({ outcome: 'made' })
  writing = false
  await writer
  await open.close()
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readdirSync(join(file, '..'))).toEqual(['backup'])
  expect(readFileSync(file).includes(JSON.parse(readFileSync(join(config.data, 'keys.json'), 'utf8')).keys[0].key)).toBe(false)
  expect(await back(config, file)).toMatchObject({ outcome: 'restored', madeAt: START })
})

test('what was written since the backup is gone, what was there before it stays aside', async () => {
  const { config, file } = await backedUp()
  const restored = await back(config, file)
  if (restored.outcome !== 'restored') throw new Error(restored.outcome)
  const open = await openContext(config, LOG)
  expect(await facts(open)).toEqual(expect.arrayContaining(['before', 'restored-at', 'restored-step']))
  expect(await facts(open)).not.toContain('after')
  await open.close()
  const old = await openContext({ ...config, databaseFile: restored.aside ?? '' }, LOG)
  expect(await facts(old)).toContain('after')
  await old.close()
})

test('a backup with tokens whose keys were wiped is restored', async () => {
  const config = newConfig()
  const file = join(mkdtempSync(join(tmpdir(), 'latchkey-backup-')), 'backup')
  const open = await openContext(config, LOG)
  const ahead = { ...open.context, now: () => open.context.now() + 8 * 86_400_000 }
  const user = await makePerson(open.context)
  const { token } = await makeToken(open.context, user)
  expect(await endToken(open.context, INSIDE, user, token, { evenIfLast: true })).toEqual({ outcome: 'ended' })
  expect(await eraseEnded(ahead)).toEqual({ erased: 1 })
  expect(await backup(config, file, '0', START)).toMatchObject({ outcome: 'made' })
  await open.close()
  expect(await back(config, file)).toMatchObject({ outcome: 'restored' })
})

test('a database that is there is not replaced unless that was said', async () => {
  const { config, file } = await backedUp()
  expect(await back(config, file, false)).toEqual({ outcome: 'database-there' })
  const open = await openContext(config, LOG)
  expect(await facts(open)).toContain('after')
  await open.close()
})

test('nothing is replaced under a server that runs', async () => {
  const { config, file } = await backedUp()
  const open = await openContext(config, LOG)
  expect(await back(config, file)).toEqual({ outcome: 'in-use' })
  await open.close()
  expect(await back(config, file)).toMatchObject({ outcome: 'restored' })
})

test.each([
  ['cut short', (bytes: Buffer) => bytes.subarray(0, -4_096)],
  ['with a byte more', (bytes: Buffer) => Buffer.concat([bytes, Buffer.of(0)])],
  ['with a bit flipped', (bytes: Buffer) => Buffer.from(bytes.map((byte, index) => (index === bytes.length - 9_000 ? byte ^ 1 : byte)))],
])('a backup that is damaged is refused: %s', async (_, damage) => {
  const { config, file } = await backedUp()
  writeFileSync(file, damage(readFileSync(file)))
  expect(await back(config, file)).toEqual({ outcome: 'damaged' })
  const open = await openContext(config, LOG)
  expect(await facts(open)).toContain('after')
  await open.close()
  expect(readdirSync(config.data).filter((name) => name.includes('restor'))).toEqual([])
})

test('of two backups to the same file at once both are made, one of them stays, and nothing else', async () => {
  const { config, file } = await backedUp()
  const both = await Promise.all([backup(config, file, '0', START), backup(config, file, '0', START)])
  expect(both.map(({ outcome }) => outcome)).toEqual(['made', 'made'])
  expect(readdirSync(join(file, '..'))).toEqual(['backup'])
  expect(await back(config, file)).toMatchObject({ outcome: 'restored' })
})

test('what is no backup is refused, and is not overwritten by one', async () => {
  const { config } = await backedUp()
  expect(await back(config, config.databaseFile)).toEqual({ outcome: 'not-a-backup' })
  expect(await backup(config, config.databaseFile, '0', START)).toEqual({ outcome: 'not-a-backup' })
  appendFileSync(join(config.data, 'empty'), '')
  expect(await back(config, join(config.data, 'empty'))).toEqual({ outcome: 'not-a-backup' })
  expect(existsSync(config.databaseFile)).toBe(true)
})

test('without its keys a backup is of no use, and says so', async () => {
  const { file } = await backedUp()
  const other = newConfig()
  await (await openContext(other, LOG)).close()
  expect(await back(other, file)).toEqual({ outcome: 'wrong-keys' })
  await expect(back(newConfig(), file)).rejects.toThrow('key file')
})

onBothEngines('a database that was put back', (world) => {
  test('ends what may have been used since', async () => {
    await ensureKeys(world())
    const [leaked] = (await openSigningKeys(world())).tokens
    expect(leaked).toBeDefined()
    const user = await makePerson(world())
    await world().db.transaction(async (tx) => {
      await makeLink(world(), tx, { purpose: 'password-reset', user, goodForMs: 1_000_000 })
      await enqueue(world(), tx, user, { kind: 'mail', to: ['alice@example.test'], subject: 's', text: 't' })
      const session = {
        id: 'ses_x',
        hash: 'x',
        user_id: user,
        kind: 'sign-in',
        created_at: 0,
        last_seen_at: 0,
        expires_at: 9e15,
        amr: 'pwd',
        wrong_codes: 0,
      } as const
      await tx.insertInto('sessions').values(session).execute()
      const token = { kind: 'soft-token', label: 'x', key_set: 1, attempts: 0, created_at: 0, user_id: user } as const
      await tx
        .insertInto('authenticators')
        .values([
          { ...token, id: 'tkn_a', state: 'active' },
          { ...token, id: 'tkn_p', state: 'pending' },
        ])
        .execute()
      const soft = { digits: 6, pin_minimum: 6, lean: 0 } as const
      await tx
        .insertInto('soft_tokens')
        .values({ ...soft, token_id: 'tkn_a', serial_number: '1', drift: 40 })
        .execute()
      await tx
        .insertInto('key_sets')
        .values({
          id: 'kst_a',
          token_id: 'tkn_a',
          number: 1,
          state: 'current',
          sealed_keys: new Uint8Array(1),
          last_step: 5,
          created_at: 0,
        })
        .execute()
      await tx
        .insertInto('activations')
        .values({
          id: 'act_a',
          token_id: 'tkn_p',
          user_id: user,
          state: 'open',
          sealed_code: new Uint8Array(1),
          tries_left: 5,
          suspend_replaced: 0,
          created_at: 0,
          expires_at: 9e15,
        })
        .execute()
      await tx
        .insertInto('oidc_models')
        .values({ model: 'RefreshToken', id: 'x', sealed_payload: new Uint8Array(1), created_at: 0 })
        .execute()
    })
    expect(await markRestored(world(), INSIDE)).toEqual({ sessions: 1, links: 1, activations: 1, messages: 1 })
    const { read } = world().db
    const step = stepAt(world().now())
    const fact = (name: string) => read.selectFrom('facts').select('value').where('name', '=', name).executeTakeFirstOrThrow()
    expect(Number((await fact('restored-step')).value)).toBeGreaterThanOrEqual(step)
    expect(Number((await fact('restored-at')).value)).toBe(world().now())
    expect((await read.selectFrom('key_sets').select('last_step').executeTakeFirstOrThrow()).last_step).toBeGreaterThanOrEqual(step + 40)
    expect(await read.selectFrom('sessions').select('id').where('ended_at', 'is', null).execute()).toEqual([])
    expect(await read.selectFrom('links').select('id').where('used_at', 'is', null).execute()).toEqual([])
    expect(await read.selectFrom('oidc_models').select('id').execute()).toEqual([])
    expect(await read.selectFrom('activations').select(['state', 'sealed_code']).execute()).toEqual([{ state: 'void', sealed_code: null }])
    expect(await read.selectFrom('authenticators').select('state').orderBy('id').execute()).toEqual([
      { state: 'active' },
      { state: 'ended' },
    ])
    expect(await verifyChain(world())).toMatchObject({ whole: true, unsealed: 1 })
    expect(await read.selectFrom('signing_keys').select('use').execute()).toEqual([])
    await ensureKeys(world())
    expect((await openSigningKeys(world())).tokens).not.toContainEqual(leaked)
  })

  test('a code of a clock that was found to be ahead since the backup is not good a second time', async () => {
    const { user } = await enrolPerson(world())
    const { device } = await makeToken(world(), user)
    world().pass(60_000)
    const used = showCode(device, world().now(), 2)
    await markRestored(world(), INSIDE)
    for (let step = 0; step < 4; step += 1) {
      expect((await validateCode(world(), INSIDE, user, used, { bare: false })).outcome, `after ${step} steps`).not.toBe('accepted')
      world().pass(30_000)
    }
    expect((await validateCode(world(), INSIDE, user, showCode(device, world().now()), { bare: false })).outcome).toBe('accepted')
  })
})
