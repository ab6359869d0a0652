import { expect, test } from 'vitest'
import { addIdentity, type Device, makeToken, showCode, unlock, wrongCode } from '../../test/device.ts'
import { BROWSER, makePerson, onBothEngines, type World } from '../../test/world.ts'
import { drawId, type TokenId, type UserId } from '../ids.ts'
import { answerResetCode } from './answer-reset-code.ts'
import { bringBackToken } from './bring-back-token.ts'
import { disableToken } from './disable-token.ts'
import { enableToken } from './enable-token.ts'
import { endToken } from './end-token.ts'
import { eraseEnded } from './erase-ended.ts'
import { findActivation } from './find-activation.ts'
import { issueToken } from './issue-token.ts'
import { listTokens } from './list-tokens.ts'
import { openTicket } from './open-ticket.ts'
import { registerToken } from './register-token.ts'
import { renameToken } from './rename-token.ts'
import { resumeToken } from './resume-token.ts'
import { resynchroniseToken } from './resynchronise-token.ts'
import { suspendToken } from './suspend-token.ts'
import { sweepTokens } from './sweep-tokens.ts'
import { validateCode } from './validate-code.ts'

const STEP = 30_000
const DAY = 24 * 3_600_000
type Person = { user: UserId; token: TokenId; device: Device }

async function makeOwner(world: World): Promise<Person> {
  const user = await makePerson(world)
  return { user, ...(await makeToken(world, user)) }
}
const states = async (world: World, user: UserId) => (await listTokens(world, user)).map(({ state, reason }) => ({ state, reason }))
const accepts = async (world: World, { user, device }: Person, offset = 0) =>
  (await validateCode(world, BROWSER, user, showCode(device, world.now(), offset), { bare: false })).outcome
const resynchronise = (world: World, { user, token, device }: Person, from: number, to = from + 1) =>
  resynchroniseToken(world, BROWSER, user, token, showCode(device, world.now(), from), showCode(device, world.now(), to))
const nothing = { outcome: 'no-such-token' }

/** What logs and mails hold about a person, in clear. */
async function keptTexts(world: World, user: UserId): Promise<{ all: string; mails: string[] }> {
  const events = await world.db.read.selectFrom('audit_events').selectAll().where('subject', '=', user).execute()
  const outbox = await world.db.read.selectFrom('outbox').select(['id', 'sealed_payload']).where('user_id', '=', user).execute()
  const mails = outbox.map(({ id, sealed_payload }) =>
    Buffer.from(world.keys.open({ table: 'outbox', column: 'sealed_payload', id }, sealed_payload)).toString(),
  )
  return { all: JSON.stringify([events, mails]), mails }
}

onBothEngines('the life of a token', (world) => {
  test('renamed, disabled, enabled, suspended, resumed; each only from where it may', async () => {
    const { user, token } = await makeOwner(world())
    expect(await renameToken(world(), BROWSER, user, token, ' Home ')).toEqual({ outcome: 'renamed' })
    expect(await renameToken(world(), BROWSER, user, token, 'a\nb')).toEqual({ outcome: 'malformed' })
    expect(await listTokens(world(), user)).toMatchObject([{ label: 'Home' }])
    expect(await enableToken(world(), BROWSER, user, token)).toEqual(nothing)
    expect(await resumeToken(world(), BROWSER, user, token)).toEqual(nothing)
    expect(await disableToken(world(), BROWSER, user, token)).toEqual({ outcome: 'disabled' })
    expect(await disableToken(world(), BROWSER, user, token)).toEqual(nothing)
    expect(await suspendToken(world(), BROWSER, user, token, 'operator')).toEqual({ outcome: 'suspended' })
    expect(await states(world(), user)).toEqual([{ state: 'suspended', reason: 'operator' }])
    // What an operator suspended its owner does not take back.
    expect(await enableToken(world(), BROWSER, user, token)).toEqual(nothing)
    expect(await bringBackToken(world(), BROWSER, user, token)).toEqual(nothing)
    expect(await resumeToken(world(), BROWSER, user, token)).toEqual({ outcome: 'resumed' })
    expect(await states(world(), user)).toEqual([{ state: 'active', reason: undefined }])
    const told = await world().db.read.selectFrom('notices').select('action').where('user_id', '=', user).execute()
    expect(told.map(({ action }) => action).sort()).toEqual(['token-activated', 'token-disabled', 'token-enabled', 'token-suspended'])
  })

  test("another person's token is as unknown as one that does not exist, to every verb, and nothing happens to it", async () => {
    const [alice, bob] = [await makeOwner(world()), await makeOwner(world())]
    const before = await world().db.read.selectFrom('authenticators').selectAll().where('id', '=', alice.token).execute()
    for (const token of [alice.token, drawId('tkn', world().random)]) {
      expect(await renameToken(world(), BROWSER, bob.user, token, 'Mine')).toEqual(nothing)
      expect(await disableToken(world(), BROWSER, bob.user, token)).toEqual(nothing)
      expect(await enableToken(world(), BROWSER, bob.user, token)).toEqual(nothing)
      expect(await suspendToken(world(), BROWSER, bob.user, token, 'operator')).toEqual(nothing)
      expect(await resumeToken(world(), BROWSER, bob.user, token)).toEqual(nothing)
      expect(await endToken(world(), BROWSER, bob.user, token, { evenIfLast: true })).toEqual(nothing)
      expect(await bringBackToken(world(), BROWSER, bob.user, token)).toEqual(nothing)
      expect(await resynchronise(world(), { ...alice, user: bob.user, token }, 0)).toEqual(nothing)
    }
    expect(await world().db.read.selectFrom('authenticators').selectAll().where('id', '=', alice.token).execute()).toEqual(before)
    await endToken(world(), BROWSER, alice.user, alice.token, { evenIfLast: true })
    expect(await bringBackToken(world(), BROWSER, bob.user, alice.token)).toEqual(nothing)
    expect(await states(world(), alice.user)).toEqual([])
  })

  test('the last token in use is ended only if that is said twice, even if both are ended at once', async () => {
    const person = await makeOwner(world())
    const { user, token } = person
    expect(await endToken(world(), BROWSER, user, token)).toEqual({ outcome: 'last-factor' })
    const second = await makeToken(world(), user, 'Home')
    const other = await world().another()
    const both = await Promise.all([endToken(world(), BROWSER, user, token), endToken(other, BROWSER, user, second.token)])
    expect(both.map(({ outcome }) => outcome).sort()).toEqual(['ended', 'last-factor'])
    const [left] = await listTokens(world(), user)
    expect(await endToken(world(), BROWSER, user, left?.id ?? token, { evenIfLast: true })).toEqual({ outcome: 'ended' })
    expect(await states(world(), user)).toEqual([])
  })

  test('an ended token is brought back within seven days; then its keys are gone', async () => {
    const person = await makeOwner(world())
    const { user, token } = person
    await endToken(world(), BROWSER, user, token, { evenIfLast: true })
    world().pass(7 * DAY - 1)
    await eraseEnded(world())
    expect(await bringBackToken(world(), BROWSER, user, token)).toEqual({ outcome: 'brought-back' })
    expect(await bringBackToken(world(), BROWSER, user, token)).toEqual(nothing)
    expect(await accepts(world(), person)).toBe('accepted')
    await endToken(world(), BROWSER, user, token, { evenIfLast: true })
    world().pass(7 * DAY)
    expect(await bringBackToken(world(), BROWSER, user, token)).toEqual({ outcome: 'too-late' })
    await eraseEnded(world())
    expect(await eraseEnded(world())).toEqual({ erased: 0 })
    const sets = await world().db.read.selectFrom('key_sets').select('sealed_keys').where('token_id', '=', token).execute()
    expect(sets.map(({ sealed_keys }) => sealed_keys.length)).toEqual([1])
    expect(await bringBackToken(world(), BROWSER, user, token)).toEqual({ outcome: 'too-late' })
  })

  test('bringing back a token that an operator suspended before its end leaves it suspended', async () => {
    const { user, token } = await makeOwner(world())
    await suspendToken(world(), BROWSER, user, token, 'operator')
    await endToken(world(), BROWSER, user, token)
    await bringBackToken(world(), BROWSER, user, token)
    expect(await states(world(), user)).toEqual([{ state: 'suspended', reason: 'operator' }])
  })

  test('one that was disabled before its end comes back disabled', async () => {
    const { user, token } = await makeOwner(world())
    await disableToken(world(), BROWSER, user, token)
    await endToken(world(), BROWSER, user, token)
    expect(await bringBackToken(world(), BROWSER, user, token)).toEqual({ outcome: 'brought-back' })
    expect(await states(world(), user)).toMatchObject([{ state: 'disabled' }])
  })

  test('a lost token that its owner has is in use again, before and after it was replaced, and what a thief has pending is void', async () => {
    const user = await makePerson(world())
    const mine = await makeToken(world(), user)
    const replace = async () => {
      await issueToken(world(), BROWSER, user, { label: 'Thief', replaces: mine.token, suspendReplaced: true })
      const view = await findActivation(world(), user)
      const { registrationCode } = await addIdentity(view?.serialNumber ?? '', view?.activationCode ?? '')
      return () => registerToken(world(), BROWSER, user, view?.id ?? 'act_', registrationCode)
    }
    const tooLate = await replace()
    expect(await bringBackToken(world(), BROWSER, user, mine.token)).toEqual({ outcome: 'brought-back' })
    expect(await tooLate()).toEqual({ outcome: 'void' })
    const inTime = await replace()
    expect(await inTime()).toMatchObject({ outcome: 'active' })
    expect(await bringBackToken(world(), BROWSER, user, mine.token)).toEqual({ outcome: 'brought-back' })
    expect(await accepts(world(), { user, ...mine })).toBe('accepted')
  })

  test('the only token, when an operator takes it back into use, begins with a budget of its own', async () => {
    const person = await makeOwner(world())
    const wrong = () => validateCode(world(), BROWSER, person.user, wrongCode(person.device, world().now()), { bare: false })
    await world().db.transaction(async (tx) => {
      const tried = { user_id: person.user, at: world().now(), bare: 0 as const }
      await tx
        .insertInto('wrong_codes')
        .values(Array.from({ length: 39 }, () => tried))
        .execute()
    })
    await wrong()
    expect(await states(world(), person.user)).toEqual([{ state: 'suspended', reason: 'wrong-codes' }])
    world().pass(3_600_000)
    await resumeToken(world(), BROWSER, person.user, person.token)
    expect(await wrong()).toEqual({ outcome: 'wrong-code' })
    expect(await states(world(), person.user)).toEqual([{ state: 'active', reason: undefined }])
  })

  test('no code, serial number or ticket is in a log row or a mail', async () => {
    const user = await makePerson(world())
    const at = world().now()
    const address = { id: drawId('adr', world().random), user_id: user, address: 'alice@example.test', canonical: 'alice@example.test' }
    await world().db.transaction((tx) =>
      tx
        .insertInto('addresses')
        .values({ ...address, created_at: at, verified_at: at })
        .execute(),
    )
    await issueToken(world(), BROWSER, user, { label: 'Work' })
    const view = await findActivation(world(), user)
    if (view?.ticket === undefined) throw new Error('an activation was expected')
    await openTicket(world(), BROWSER, view.ticket)
    await openTicket(world(), BROWSER, view.ticket)
    const { device, registrationCode } = await addIdentity(view.serialNumber, view.activationCode)
    const registered = await registerToken(world(), BROWSER, user, view.id, registrationCode)
    const token = registered.outcome === 'active' ? registered.token : 'tkn_'
    const given = await answerResetCode(world(), BROWSER, user, token, device.resetCode)
    const shown = showCode(device, world().now())
    await validateCode(world(), BROWSER, user, shown, { bare: false })
    const unlockCode = given.outcome === 'unlock-code' ? given.code : 'none'
    const secrets = [view.serialNumber, view.activationCode, view.ticket, registrationCode, device.resetCode, unlockCode]
    const kept = await keptTexts(world(), user)
    expect(kept.mails).toHaveLength(3)
    for (const secret of secrets.flatMap((text) => [text, text.replaceAll('-', '')])) expect(kept.all).not.toContain(secret)
    expect(kept.all).not.toMatch(new RegExp(`\\b${shown}\\b`))
  })

  test('suspending a token that is being activated voids its codes', async () => {
    const user = await makePerson(world())
    await issueToken(world(), BROWSER, user, { label: 'Thief' })
    const view = await findActivation(world(), user)
    const { registrationCode } = await addIdentity(view?.serialNumber ?? '', view?.activationCode ?? '')
    expect(await suspendToken(world(), BROWSER, user, view?.token ?? 'tkn_', 'repudiated')).toEqual({ outcome: 'suspended' })
    expect(await registerToken(world(), BROWSER, user, view?.id ?? 'act_', registrationCode)).toEqual({ outcome: 'void' })
  })

  test('a sweep forgets what no longer counts, and nothing that does', async () => {
    const person = await makeOwner(world())
    await validateCode(world(), BROWSER, person.user, wrongCode(person.device, world().now()), { bare: false })
    await issueToken(world(), BROWSER, person.user, { label: 'Home' })
    const left = () => world().db.read.selectFrom('wrong_codes').select('id').where('user_id', '=', person.user).execute()
    await sweepTokens(world())
    expect(await left()).toHaveLength(1)
    expect(await findActivation(world(), person.user)).toBeDefined()
    world().pass(30 * DAY)
    await Promise.all([sweepTokens(world()), sweepTokens(world())])
    expect(await left()).toHaveLength(0)
    const sealed = await world()
      .db.read.selectFrom('activations')
      .select(['sealed_code', 'sealed_ticket', 'ticket_hash'])
      .where('user_id', '=', person.user)
      .execute()
    expect(new Set(sealed.flatMap((row) => Object.values(row)))).toEqual(new Set([null]))
    expect(await accepts(world(), person)).toBe('accepted')
  })
})

onBothEngines('resynchronising', (world) => {
  test('two consecutive codes within an hour find a clock; either alone would have been refused', async () => {
    const person = await makeOwner(world())
    expect(await resynchronise(world(), person, -50)).toEqual({ outcome: 'resynchronised' })
    expect(await accepts(world(), person, 0)).toBe('wrong-code')
    expect(await accepts(world(), person, -48)).toBe('accepted')
    expect(await resynchronise(world(), person, -50)).toEqual({ outcome: 'wrong-code' })
  })

  test('the range is bounded, the order counts, and codes two steps apart are no pair', async () => {
    const person = await makeOwner(world())
    for (const [from, to] of [
      [-121, -120],
      [120, 121],
      [5, 4],
      [4, 6],
    ] as const) {
      expect(await resynchronise(world(), person, from, to)).toEqual({ outcome: 'wrong-code' })
    }
    expect(await resynchronise(world(), person, -120)).toEqual({ outcome: 'resynchronised' })
    expect(await resynchronise(world(), person, 119)).toEqual({ outcome: 'resynchronised' })
  })

  test('it spends the same budget as a code: the fifth makes both wait', async () => {
    const person = await makeOwner(world())
    for (let number = 0; number < 5; number += 1) expect(await resynchronise(world(), person, 4, 6)).toEqual({ outcome: 'wrong-code' })
    expect(await resynchronise(world(), person, 4)).toMatchObject({ outcome: 'waiting' })
    expect(await accepts(world(), person)).toBe('waiting')
  })

  test('of 200 wrong pairs at once, over two instances, five are judged', async () => {
    const person = await makeOwner(world())
    const other = await world().another()
    const all = await Promise.all(Array.from({ length: 200 }, (_, index) => resynchronise(index % 2 ? world() : other, person, 4, 6)))
    expect(all.filter(({ outcome }) => outcome === 'wrong-code')).toHaveLength(5)
    expect(all.filter(({ outcome }) => outcome === 'waiting')).toHaveLength(195)
  })

  test('under a next key set it confirms that, like a code; the same pair again is refused', async () => {
    const person = await makeOwner(world())
    const given = await answerResetCode(world(), BROWSER, person.user, person.token, person.device.resetCode)
    const fresh = { ...person, device: unlock(person.device, given.outcome === 'unlock-code' ? given.code : '') }
    expect(await resynchronise(world(), fresh, 7)).toEqual({ outcome: 'resynchronised' })
    expect(await resynchronise(world(), fresh, 7)).toEqual({ outcome: 'wrong-code' })
    expect(await accepts(world(), person)).toBe('wrong-code')
    world().pass(STEP)
    expect(await accepts(world(), fresh, 8)).toBe('accepted')
  })

  test('what has not the form of codes costs nothing, and a token that is not in use has no place in time', async () => {
    const person = await makeOwner(world())
    expect(await resynchroniseToken(world(), BROWSER, person.user, person.token, '123456', '12345')).toEqual({ outcome: 'malformed' })
    await disableToken(world(), BROWSER, person.user, person.token)
    expect(await resynchronise(world(), person, 0)).toEqual(nothing)
  })
})
