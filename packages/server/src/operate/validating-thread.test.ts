import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { expect, test } from 'vitest'
import { type Device, makeToken, showCode } from '../../test/device.ts'
import { BROWSER, makePerson, type World } from '../../test/world.ts'
import { readConfig } from '../config.ts'
import type { Caller } from '../context.ts'
import { instances } from '../keys/announce.ts'
import { validateAtDoor } from '../tokens/validate-at-door.ts'
import { validateCode } from '../tokens/validate-code.ts'
import { findUserByName } from '../users/find-user.ts'
import { openContext } from './open-context.ts'
import { openValidatingThread } from './validating-thread.ts'

const PROGRAM: Caller = { ...BROWSER, door: 'validate', actor: 'key_program' }

/** A server's own data folder, keys and clock: the thread opens them by itself. */
async function openReal(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-thread-'))
  const settings = { LATCHKEY_DATA: join(folder, 'data'), LATCHKEY_PASSWORD_MEMORY_KI_B: '19456', LATCHKEY_PASSWORD_PASSES: '1' }
  const { context, close } = await openContext(readConfig(settings), pino({ level: 'silent' }))
  const unused = (): never => {
    throw new Error('the clock of this world is the real one')
  }
  return { ...context, pass: unused, setTime: unused, another: unused, close }
}

async function makeOwner(world: World, name: string): Promise<Device> {
  const { device } = await makeToken(world, await makePerson(world, name))
  return device
}

const flood = (world: World) => Promise.all(Array.from({ length: 40 }, (_, n) => validateAtDoor(world, PROGRAM, `nobody-${n}`, '123456')))
/** The thread says that it is there as an instance of its own. */
const isThere = (world: World) => expect.poll(async () => (await instances(world)).length, { timeout: 60_000 }).toBe(1)

test('few codes at once need no thread', async () => {
  const world = await openReal()
  const thread = openValidatingThread(world)
  for (let round = 0; round < 40; round += 1) await validateAtDoor(world, PROGRAM, 'nobody', '123456')
  await thread.stop()
  expect(await instances(world)).toEqual([])
  await world.close()
})

test('a thread that does not start is told of, and done without', async () => {
  const world = await openReal()
  const device = await makeOwner(world, 'heidi')
  const lines: string[] = []
  const told = Promise.withResolvers<void>()
  const log = pino({ level: 'error' }, { write: (line) => told.resolve(void lines.push(line)) })
  const nowhere = { ...world.config, keys: { command: ['/nonexistent'] } }
  const crippled = { ...world, log, config: nowhere }
  const thread = openValidatingThread(crippled)
  await flood(crippled)
  await told.promise
  expect(lines.join('')).toContain('did not start')
  expect(await validateAtDoor(crippled, PROGRAM, 'heidi', showCode(device, Date.now()))).toMatchObject({ outcome: 'accepted' })
  await thread.stop()
  await world.close()
})

test('many start it; a code is good once, there and here, while others write; it ends with what it was asked', async () => {
  const world = await openReal()
  const device = await makeOwner(world, 'grace')
  const thread = openValidatingThread(world)
  await flood(world)
  await isThere(world)
  const code = showCode(device, Date.now())
  let writing = true
  const writer = (async () => {
    for (let round = 0; writing; round += 1)
      await world.db.transaction((tx) =>
        tx
          .insertInto('facts')
          .values({ name: `written-${round}`, value: '' })
          .execute(),
      )
  })()
  const person = (await findUserByName(world, 'grace'))?.id
  const asked = Array.from({ length: 200 }, (_, index) =>
    index % 2 ? validateAtDoor(world, PROGRAM, 'grace', code) : validateCode(world, PROGRAM, person, code, { bare: true }),
  )
  const outcomes = (await Promise.all(asked)).map(({ outcome }) => outcome)
  writing = false
  await writer
  expect(outcomes.filter((outcome) => outcome === 'accepted')).toHaveLength(1)
  expect(outcomes.filter((outcome) => outcome === 'replayed')).toHaveLength(199)
  const last = validateAtDoor(world, PROGRAM, 'nobody', '123456')
  const sealed = thread.seal()
  await thread.stop()
  expect(await sealed).toContainEqual({ action: 'tokens.validate-code', outcome: 'accepted', count: 1 })
  expect(await last).toEqual({ outcome: 'unavailable' })
  expect(await instances(world)).toEqual([])
  expect(await validateAtDoor(world, PROGRAM, 'grace', code)).toEqual({ outcome: 'replayed' })
  await world.close()
})
