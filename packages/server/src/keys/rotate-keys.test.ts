import { mkdtempSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { expect, test, vi } from 'vitest'
import { makeToken, showCode } from '../../test/device.ts'
import { makePerson, onBothEngines, type World } from '../../test/world.ts'
import { sealBlocks } from '../audit/seal-blocks.ts'
import { verifyChain } from '../audit/verify-chain.ts'
import { INSIDE } from '../context.ts'
import { openClients } from '../federation/oidc/clients.ts'
import { registerRelyingParty } from '../federation/oidc/register-relying-party.ts'
import { enqueue } from '../outbox/enqueue.ts'
import { openNothing } from '../tokens/code-store.ts'
import { endToken } from '../tokens/end-token.ts'
import { eraseEnded } from '../tokens/erase-ended.ts'
import { validateCode } from '../tokens/validate-code.ts'
import { announce, instances, nameOfCommand, servers, withdraw } from './announce.ts'
import { SealBroken, SealingPaused } from './key-ring.ts'
import { beginRotation, dropOldKeys, keyIds, loadKeys } from './load-keys.ts'
import { rowsUnderOthers } from './reseal.ts'
import { rotateKeys } from './rotate-keys.ts'
import { placeOf, SEALED_COLUMNS, UNDER_PERSON_KEYS } from './sealed-columns.ts'

const DAY = 86_400_000

onBothEngines('key rotation', (world) => {
  /** An instance with keys of a file, as servers have them. */
  const instance = async (file: string): Promise<World> => ({ ...(await world().another()), keys: loadKeys({ file }, true) })
  const newFile = (): string => join(mkdtempSync(join(tmpdir(), 'latchkey-keys-')), 'keys.json')
  const put = (in_: World) =>
    in_.db.transaction((tx) => enqueue(in_, tx, undefined, { kind: 'mail', to: ['a@example.test'], subject: 's', text: 't' }))
  const clear = () =>
    world().db.transaction(async (tx) => {
      for (const { table } of SEALED_COLUMNS) await sql`delete from ${sql.table(table)}`.execute(tx)
      await tx.deleteFrom('facts').execute()
    })
  const left = async (keyId: string): Promise<number> => {
    let rows = 0
    for (const column of SEALED_COLUMNS) rows += (await rowsUnderOthers(world().db.read, column, keyId, undefined, 1_000)).length
    return rows
  }

  test('the list of sealed columns is the schema’s', async () => {
    const tables = await world().db.read.introspection.getTables()
    const inSchema = tables.flatMap(({ name, columns }) =>
      columns
        .filter((column) => column.name.startsWith('sealed_') && column.name !== 'sealed_at')
        .map((column) => `${name}.${column.name}`),
    )
    const listed = [...SEALED_COLUMNS, ...UNDER_PERSON_KEYS].map(({ table, column }) => `${table}.${column}`)
    expect(listed.toSorted()).toEqual(inSchema.toSorted())
  })

  test('everything is sealed under the new key, opens, and the old key is gone', async () => {
    await clear()
    const file = newFile()
    const one = await instance(file)
    const old = one.keys.currentId
    for (let index = 0; index < 250; index += 1) await put(one)
    const person = await makePerson(one)
    await one.db.transaction((tx) =>
      tx
        .insertInto('oidc_models')
        .values({
          model: 'Session',
          id: 'x',
          sealed_payload: one.keys.seal({ table: 'oidc_models', column: 'sealed_payload', id: 'Session/x' }, Buffer.from('here')),
          created_at: 0,
        })
        .execute(),
    )
    await sealBlocks(one)
    const rotated = await rotateKeys(one, INSIDE, { file })
    expect(rotated).toMatchObject({ outcome: 'rotated', dropped: true })
    if (rotated.outcome !== 'rotated') return
    expect(rotated.resealed).toBeGreaterThanOrEqual(251)
    expect(rotated.keyId).not.toBe(old)
    expect(keyIds({ file })).toEqual([rotated.keyId])
    expect(await left(rotated.keyId)).toBe(0)
    const fresh = await instance(file)
    for (const column of SEALED_COLUMNS) {
      for (const row of await rowsUnderOthers(fresh.db.read, column, 'none....', undefined, 1_000))
        fresh.keys.open(placeOf(column, row.key), row.sealed)
    }
    await sealBlocks(fresh)
    expect(await verifyChain(fresh)).toMatchObject({ whole: true })
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(person).toBeDefined()
  })

  test('tokens whose keys were wiped are no hindrance', async () => {
    await clear()
    const file = newFile()
    const one = await instance(file)
    const user = await makePerson(one)
    const kept = await makeToken(one, user, 'Kept')
    const { token } = await makeToken(one, user, 'Ended')
    expect(await endToken(one, INSIDE, user, token)).toEqual({ outcome: 'ended' })
    world().pass(8 * DAY)
    expect(await eraseEnded(one)).toEqual({ erased: 1 })
    const rotated = await rotateKeys(one, INSIDE, { file })
    expect(rotated).toMatchObject({ outcome: 'rotated', dropped: true })
    const fresh = await instance(file)
    const code = showCode(kept.device, world().now())
    expect(await validateCode(fresh, INSIDE, user, code, { bare: false })).toMatchObject({ outcome: 'accepted' })
  })

  test('the secret of an application opens afterwards', async () => {
    await clear()
    const file = newFile()
    const one = await instance(file)
    const registered = await registerRelyingParty(one, INSIDE, {
      clientId: 'app',
      name: 'An application',
      redirectUris: ['https://app.example.test/callback'],
      postLogoutRedirectUris: [],
      authentication: { method: 'client_secret_basic' },
    })
    if (registered.outcome !== 'registered') throw new Error(registered.outcome)
    expect(await rotateKeys(one, INSIDE, { file })).toMatchObject({ outcome: 'rotated', dropped: true })
    const found = await openClients(await instance(file)).find('app')
    expect(found?.client_secret).toBe(registered.clientSecret)
  })

  test('a server that runs takes the new key up by itself, and writes meanwhile', async () => {
    await clear()
    const file = newFile()
    const server = await instance(file)
    await announce(server, 'server')
    for (let index = 0; index < 20; index += 1) await put(server)
    let running = true
    const serving = (async () => {
      while (running) {
        await put(server)
        await announce(server, 'server')
      }
    })()
    const rotating = await instance(file)
    const rotated = await rotateKeys(rotating, INSIDE, { file })
    running = false
    await serving
    if (rotated.outcome !== 'rotated') throw new Error(rotated.outcome)
    expect(server.keys.currentId).toBe(rotated.keyId)
    expect(await left(rotated.keyId)).toBe(0)
  })

  test('while a server does not follow, no old key is dropped, and a second run goes on', async () => {
    await clear()
    const file = newFile()
    const server = await instance(file)
    await announce(server, 'deaf')
    await put(server)
    const rotating = await instance(file)
    expect(await rotateKeys(rotating, INSIDE, { file }, 0)).toEqual({ outcome: 'server-behind' })
    expect(keyIds({ file }).length).toBe(2)
    await put(server)
    await withdraw(server, 'deaf')
    const [wanted] = keyIds({ file })
    const rotated = await rotateKeys(rotating, INSIDE, { file })
    expect(rotated).toMatchObject({ outcome: 'rotated', keyId: wanted, resealed: 2 })
    expect(keyIds({ file })).toEqual([wanted])
  })

  test('a server that was not heard for half a minute seals nothing until it has been; a command seals on', async () => {
    await clear()
    const file = newFile()
    const server = await instance(file)
    const command = await instance(file)
    await announce(server, 'away')
    await announce(command, nameOfCommand(command))
    const later = performance.now() + 26_000
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => later)
    try {
      await expect(put(server)).rejects.toThrow(SealingPaused)
      await put(command)
      // What no row keeps is no matter: nobody is told from anybody by it.
      openNothing(server)
      expect(await validateCode(server, INSIDE, 'usr_nobody', '123456', { bare: true })).toMatchObject({ outcome: 'unavailable' })
      await announce(server, 'away')
      await put(server)
    } finally {
      clock.mockRestore()
    }
  })

  test('who announces itself can be seen before it looks at which key is wanted, and a command is no server', async () => {
    await clear()
    const one = await instance(newFile())
    let seen: ReturnType<typeof instances> | undefined
    const db = {
      ...one.db,
      get read() {
        seen ??= instances(world())
        return one.db.read
      },
    }
    const command = nameOfCommand(one)
    await announce({ ...one, db }, command)
    expect((await seen)?.map(({ id }) => id)).toEqual([command])
    expect(await servers(world())).toEqual([])
  })

  test('a process that meets a key that it does not know reads the keys again', async () => {
    await clear()
    const file = newFile()
    const reader = await instance(file)
    await put(reader)
    const rotating = await instance(file)
    await rotateKeys(rotating, INSIDE, { file })
    const { id, sealed_payload } = await world().db.read.selectFrom('outbox').selectAll().executeTakeFirstOrThrow()
    const place = { table: 'outbox', column: 'sealed_payload', id }
    // The keys are read again once a second at most.
    await expect.poll(() => opens(reader, place, sealed_payload), { timeout: 5_000 }).toBe(true)
  })

  test('a value that was moved to another row keeps the old keys', async () => {
    await clear()
    const file = newFile()
    const one = await instance(file)
    await put(one)
    await world().db.transaction((tx) => tx.updateTable('outbox').set({ id: 'out_moved' }).execute())
    expect(await rotateKeys(one, INSIDE, { file })).toEqual({ outcome: 'unreadable', table: 'outbox', column: 'sealed_payload' })
    expect(keyIds({ file }).length).toBe(2)
    expect(dropOldKeys(file, keyIds({ file })[0] ?? '')).toBe(true)
  })

  test('one that is overtaken by the next says so, and drops nothing', async () => {
    await clear()
    const file = newFile()
    const one = await instance(file)
    await put(one)
    let overtaken = ''
    const db = {
      ...one.db,
      get read() {
        // While it waits for the servers another one ends this rotation, and begins the next.
        if (overtaken === '') {
          dropOldKeys(file, keyIds({ file })[0] ?? '')
          overtaken = beginRotation(file)
          one.keys.reload()
        }
        return one.db.read
      },
    }
    expect(await rotateKeys({ ...one, db, keys: one.keys }, INSIDE, { file })).toEqual({ outcome: 'superseded' })
    expect(keyIds({ file })[0]).toBe(overtaken)
    expect(keyIds({ file })).toHaveLength(2)
  })

  test('of two at once both bring the same key; one that ends after the next was begun drops nothing of it', async () => {
    await clear()
    const file = newFile()
    const [one, two] = [await instance(file), await instance(file)]
    for (let index = 0; index < 250; index += 1) await put(one)
    const [first, second] = await Promise.all([rotateKeys(one, INSIDE, { file }), rotateKeys(two, INSIDE, { file })])
    if (first.outcome !== 'rotated' || second.outcome !== 'rotated') throw new Error(`${first.outcome}, ${second.outcome}`)
    expect(second.keyId).toBe(first.keyId)
    expect(await left(first.keyId)).toBe(0)
    const next = beginRotation(file)
    expect(dropOldKeys(file, first.keyId)).toBe(false)
    expect(keyIds({ file })).toEqual([next, first.keyId])
    expect(beginRotation(file)).toBe(next)
  })
})

function opens(reader: World, place: { table: string; column: string; id: string }, sealed: Uint8Array): boolean {
  try {
    return reader.keys.open(place, sealed).length > 0
  } catch (error) {
    if (error instanceof SealBroken) return false
    throw error
  }
}
