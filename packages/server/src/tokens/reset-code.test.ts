import { nextKeySet } from '@latchkey/protocol/activation/keys'
import { printCode } from '@latchkey/protocol/codes/code'
import { makeResetCode, resetCodeHolds } from '@latchkey/protocol/unlock/reset-code'
import { unlockCode } from '@latchkey/protocol/unlock/unlock-code'
import { expect, test } from 'vitest'
import { type Device, forgeResetCode, makeToken, showCode, unlock } from '../../test/device.ts'
import { BROWSER, makePerson, onBothEngines, type World } from '../../test/world.ts'
import { drawId, type TokenId, type UserId } from '../ids.ts'
import { startSession } from '../sessions/start-session.ts'
import { answerResetCode } from './answer-reset-code.ts'
import { disableToken } from './disable-token.ts'
import { RETIRED_KEPT_MS } from './rules.ts'
import { sweepTokens } from './sweep-tokens.ts'
import { validateCode } from './validate-code.ts'

const DAY = 24 * 3_600_000
type Person = { user: UserId; token: TokenId; device: Device }

async function makeOwner(world: World): Promise<Person> {
  const user = await makePerson(world)
  return { user, ...(await makeToken(world, user)) }
}
const answer = (world: World, { user, token }: Person, typed: string) => answerResetCode(world, BROWSER, user, token, typed)
async function unlocked(world: World, person: Person): Promise<Person> {
  const given = await answer(world, person, person.device.resetCode)
  if (given.outcome !== 'unlock-code') throw new Error(given.outcome)
  return { ...person, device: unlock(person.device, given.code) }
}
const events = async (world: World, user: UserId) =>
  (
    await world.db.read
      .selectFrom('audit_events')
      .select('outcome')
      .where('subject', '=', user)
      .where('action', '=', 'tokens.answer-reset-code')
      .orderBy('id')
      .execute()
  ).map(({ outcome }) => outcome)
const toldOfUnlock = async (world: World, user: UserId) =>
  (await world.db.read.selectFrom('notices').select('id').where('user_id', '=', user).where('action', '=', 'token-unlocked').execute())
    .length
const setsOf = (world: World, token: TokenId) =>
  world.db.read.selectFrom('key_sets').select(['number', 'state', 'sealed_keys']).where('token_id', '=', token).orderBy('number').execute()
const accepts = async (world: World, { user, device }: Person, offset = 0) =>
  (await validateCode(world, BROWSER, user, showCode(device, world.now(), offset), { bare: false })).outcome

onBothEngines('answering a reset code', (world) => {
  test('the same code gets the same answer, with an event each time, and its owner told once; after the unlock was used it is spent', async () => {
    const person = await makeOwner(world())
    const expected = {
      outcome: 'unlock-code',
      code: printCode(unlockCode(person.device.keys.unlock, person.device.serial, person.device.resetCode)),
    }
    for (const typed of [person.device.resetCode, printCode(person.device.resetCode).toLowerCase(), person.device.resetCode]) {
      expect(await answer(world(), person, typed)).toEqual(expected)
    }
    expect(await events(world(), person.user)).toEqual(['unlock-code', 'unlock-code-again', 'unlock-code-again'])
    expect(await toldOfUnlock(world(), person.user)).toBe(1)
    expect(await setsOf(world(), person.token)).toMatchObject([{ state: 'current' }, { state: 'next' }])
    const fresh = await unlocked(world(), person)
    expect(await accepts(world(), fresh)).toBe('accepted')
    expect(await answer(world(), person, person.device.resetCode)).toEqual({ outcome: 'spent' })
    expect(await setsOf(world(), person.token)).toMatchObject([{ state: 'retired' }, { state: 'current' }])
  })

  test('asked 200 times at once, over two instances, one code is answered alike and charged once', async () => {
    const person = await makeOwner(world())
    const other = await world().another()
    const all = await Promise.all(
      Array.from({ length: 200 }, (_, index) => answer(index % 2 ? world() : other, person, person.device.resetCode)),
    )
    expect(new Set(all.map((one) => (one.outcome === 'unlock-code' ? one.code : one.outcome))).size).toBe(1)
    expect(await setsOf(world(), person.token)).toHaveLength(2)
    expect(await world().db.read.selectFrom('reset_attempts').select('id').where('token_id', '=', person.token).execute()).toHaveLength(1)
    expect(await toldOfUnlock(world(), person.user)).toBe(1)
  })

  test('of 200 wrong proofs at once, over two instances, five are judged; then none for a day, not even a right one', async () => {
    const person = await makeOwner(world())
    const other = await world().another()
    const forged = Array.from({ length: 200 }, () => forgeResetCode(person.device))
    const all = await Promise.all(forged.map((code, index) => answer(index % 2 ? world() : other, person, code)))
    expect(all.filter(({ outcome }) => outcome === 'wrong-code')).toHaveLength(5)
    expect(all.filter(({ outcome }) => outcome === 'too-many')).toHaveLength(195)
    expect(await answer(world(), person, person.device.resetCode)).toEqual({ outcome: 'too-many' })
    world().pass(DAY - 1)
    expect(await answer(world(), person, person.device.resetCode)).toEqual({ outcome: 'too-many' })
    world().pass(1)
    expect(await answer(world(), person, person.device.resetCode)).toMatchObject({ outcome: 'unlock-code' })
  })

  test('an answered code is answered again when the day is used up', async () => {
    const person = await makeOwner(world())
    await answer(world(), person, person.device.resetCode)
    for (let number = 0; number < 4; number += 1) await answer(world(), person, forgeResetCode(person.device))
    expect(await answer(world(), person, forgeResetCode(person.device))).toEqual({ outcome: 'too-many' })
    expect(await answer(world(), person, person.device.resetCode)).toMatchObject({ outcome: 'unlock-code' })
  })

  test('a typing error charges nothing: any single symbol, a symbol more or less, the code of another token', async () => {
    const person = await makeOwner(world())
    const code = person.device.resetCode
    const stranger = await makeOwner(world())
    const slips = Array.from(
      { length: 8 },
      (_, place) => `${code.slice(0, place)}${code[place] === '7' ? '8' : '7'}${code.slice(place + 1)}`,
    )
    for (const typed of [...slips, code.slice(1), `${code}0`, '', `${code.slice(0, 7)}U`, stranger.device.resetCode]) {
      expect(await answer(world(), person, typed)).toMatchObject({ outcome: 'mistyped' })
    }
    expect(await world().db.read.selectFrom('reset_attempts').select('id').where('token_id', '=', person.token).execute()).toEqual([])
  })

  test("another person's token, one that is unknown, pending or disabled: no such token", async () => {
    const [alice, bob] = [await makeOwner(world()), await makeOwner(world())]
    const nothing = { outcome: 'no-such-token' }
    expect(await answerResetCode(world(), BROWSER, bob.user, alice.token, alice.device.resetCode)).toEqual(nothing)
    expect(await answerResetCode(world(), BROWSER, bob.user, drawId('tkn', world().random), alice.device.resetCode)).toEqual(nothing)
    await disableToken(world(), BROWSER, alice.user, alice.token)
    expect(await answer(world(), alice, alice.device.resetCode)).toEqual(nothing)
    expect(await setsOf(world(), alice.token)).toHaveLength(1)
  })

  test('an unlock code of one device opens no other', async () => {
    const [one, other] = [await makeOwner(world()), await makeOwner(world())]
    const given = await answer(world(), one, one.device.resetCode)
    expect(() => unlock(other.device, given.outcome === 'unlock-code' ? given.code : '')).toThrow('opens nothing')
  })

  test('a token that was unlocked and locked again before it showed a code is answered under its next key set, and goes on', async () => {
    const person = await makeOwner(world())
    const once = await unlocked(world(), person)
    const twice = await unlocked(world(), once)
    expect(await setsOf(world(), person.token)).toMatchObject([{ state: 'retired' }, { state: 'current' }, { state: 'next' }])
    expect(await accepts(world(), person)).toBe('wrong-code')
    expect(await accepts(world(), twice)).toBe('accepted')
    expect(await answer(world(), once, once.device.resetCode)).toEqual({ outcome: 'spent' })
  })

  test('a proof that holds under the current key set too is answered under the next (decision 0003)', async () => {
    const person = await makeOwner(world())
    const once = await unlocked(world(), person)
    const { serial, keys } = once.device
    const symbols = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
    const codes = Array.from({ length: 32 ** 3 }, (_, n) =>
      makeResetCode(keys.unlock, serial, `0${symbols[n >> 10]}${symbols[(n >> 5) & 31]}${symbols[n & 31]}`),
    )
    const both = codes.find((code) => resetCodeHolds(person.device.keys.unlock, serial, code))
    if (both === undefined) throw new Error('one in 1,024 holds under both')
    const device = { ...once.device, resetCode: both }
    const given = await answer(world(), once, both)
    expect(given).toEqual({ outcome: 'unlock-code', code: printCode(unlockCode(keys.unlock, serial, both)) })
    expect(await accepts(world(), { ...person, device: { ...device, keys: nextKeySet(keys.unlock, both) } })).toBe('accepted')
  }, 60_000)

  test('of a retired set only what recognises it is kept, and that for 90 days', async () => {
    const person = await makeOwner(world())
    const before = await setsOf(world(), person.token)
    const fresh = await unlocked(world(), person)
    await accepts(world(), fresh)
    const [retired] = await setsOf(world(), person.token)
    expect((retired?.sealed_keys.length ?? 0) - (before[0]?.sealed_keys.length ?? 0)).toBe(-64)
    world().pass(RETIRED_KEPT_MS - 1)
    await sweepTokens(world())
    expect((await setsOf(world(), person.token))[0]?.sealed_keys.length).toBeGreaterThan(1)
    world().pass(1)
    await sweepTokens(world())
    await sweepTokens(world())
    expect((await setsOf(world(), person.token))[0]?.sealed_keys.length).toBe(1)
    expect(await answer(world(), person, person.device.resetCode)).toEqual({ outcome: 'spent' })
    // At a server whose clock is behind the one that wiped them.
    world().pass(-5_000)
    expect(await accepts(world(), fresh)).toBe('accepted')
  })

  test('answered again after a day, its owner is told again, and every other session ends', async () => {
    const person = await makeOwner(world())
    const { user, token, device } = person
    const start = () => world().db.transaction((tx) => startSession(world(), tx, BROWSER, { user, kind: 'sign-in', amr: ['pwd'] }))
    const alive = async () =>
      (await world().db.read.selectFrom('sessions').select('id').where('user_id', '=', user).where('ended_at', 'is', null).execute()).map(
        ({ id }) => id,
      )
    await answer(world(), person, device.resetCode)
    world().pass(25 * 3_600_000)
    const [own] = [await start(), await start()]
    const again = await answerResetCode(world(), BROWSER, user, token, device.resetCode, { keep: [own.id] })
    expect(again.outcome).toBe('unlock-code')
    expect(await alive()).toEqual([own.id])
    expect(await toldOfUnlock(world(), user)).toBe(2)
    await answer(world(), person, device.resetCode)
    expect(await toldOfUnlock(world(), user)).toBe(2)
  })

  test('a code under the next set, tried from two instances at once, confirms it once', async () => {
    const person = await makeOwner(world())
    const fresh = await unlocked(world(), person)
    const other = await world().another()
    const all = await Promise.all(
      Array.from({ length: 40 }, (_, index) => accepts(index % 2 ? world() : other, index % 4 < 2 ? fresh : person)),
    )
    expect(all.filter((outcome) => outcome === 'accepted').length).toBeLessThanOrEqual(2)
    expect((await setsOf(world(), person.token)).filter(({ state }) => state === 'current')).toHaveLength(1)
  })
})
