import { makeCode, printCode } from '@latchkey/protocol/codes/code'
import { parseSerialNumber } from '@latchkey/protocol/codes/serial-number'
import { expect, test, vi } from 'vitest'
import { addIdentity, makeToken, showCode } from '../../test/device.ts'
import { BROWSER, makePerson, onBothEngines, type World } from '../../test/world.ts'
import { Busy } from '../hashing/in-lane.ts'
import { drawId, type UserId } from '../ids.ts'
import { confirmRegistration } from './confirm-registration.ts'
import { type ActivationView, findActivation, findEndedActivation } from './find-activation.ts'
import { issueToken } from './issue-token.ts'
import { listTokens } from './list-tokens.ts'
import { openTicket } from './open-ticket.ts'
import { registerByTicket } from './register-by-ticket.ts'
import { registerToken } from './register-token.ts'
import { renewActivation } from './renew-activation.ts'
import { sweepTokens } from './sweep-tokens.ts'
import { validateCode } from './validate-code.ts'

const MINUTE = 60_000

async function issue(world: World, user: UserId, order: Partial<Parameters<typeof issueToken>[3]> = {}): Promise<ActivationView> {
  const issued = await issueToken(world, BROWSER, user, { label: 'Work', ...order })
  const view = await findActivation(world, user)
  if (issued.outcome !== 'issued' || view === undefined) throw new Error(issued.outcome)
  return view
}

/** A registration code whose check symbols hold and whose proof does not. */
function wrongRegistration(view: ActivationView, seed = 0): string {
  const parsed = parseSerialNumber(view.serialNumber)
  if (!parsed.ok) throw new Error('a serial number was expected')
  return printCode(makeCode('registration', parsed.serial, String(seed).padStart(18, '0')))
}

const actions = async (world: World, user: UserId) =>
  (
    await world.db.read.selectFrom('notices').select('action').where('user_id', '=', user).orderBy('created_at').orderBy('id').execute()
  ).map(({ action }) => action)

/** What the person's activations still hold of codes, tickets and keys. */
async function leftOf(world: World, user: UserId): Promise<unknown[]> {
  const rows = await world.db.read
    .selectFrom('activations')
    .select(['sealed_code', 'sealed_ticket', 'ticket_hash', 'sealed_keys'])
    .where('user_id', '=', user)
    .execute()
  return [...new Set(rows.flatMap((row) => Object.values(row)))]
}

onBothEngines('activation', (world) => {
  test('the one that was issued last is shown, though the clock was set back before it', async () => {
    const user = await makePerson(world())
    await issueToken(world(), BROWSER, user, { label: 'Before' })
    world().pass(-MINUTE)
    await issueToken(world(), BROWSER, user, { label: 'After' })
    expect((await findActivation(world(), user))?.label).toBe('After')
    expect(await findEndedActivation(world(), user)).toBeUndefined()
    expect(await renewActivation(world(), BROWSER, user)).toMatchObject({ outcome: 'issued' })
    expect((await findActivation(world(), user))?.label).toBe('After')
    world().pass(MINUTE)
  })

  test('typed codes lead to a token whose codes are accepted, and whose owner was told', async () => {
    const user = await makePerson(world())
    const { token, device } = await makeToken(world(), user)
    expect(await validateCode(world(), BROWSER, user, showCode(device, world().now()), { bare: false })).toEqual({
      outcome: 'accepted',
      token,
      wrongSince: 0,
    })
    expect(await actions(world(), user)).toEqual(['token-activated'])
    expect(await leftOf(world(), user)).toEqual([null])
    expect(await listTokens(world(), user)).toMatchObject([
      { id: token, label: 'Work', state: 'active', serialNumber: expect.stringMatching(/^\d{5}-\d{5}$/) },
    ])
  })

  test('a typing error charges nothing: any single symbol, a symbol more or less, anything odd', async () => {
    const user = await makePerson(world())
    const view = await issue(world(), user)
    const right = wrongRegistration(view).replaceAll('-', '')
    const off = (place: number) => `${right.slice(0, place)}${right[place] === '7' ? '8' : '7'}${right.slice(place + 1)}`
    const typed = [
      ...Array.from({ length: 20 }, (_, place) => off(place)),
      right.slice(1),
      `${right}0`,
      '',
      'U'.repeat(20),
      '１'.repeat(20),
      `${right}\u200b`,
    ]
    for (const code of typed) {
      expect(await registerToken(world(), BROWSER, user, view.id, code)).toMatchObject({ outcome: 'mistyped' })
    }
    expect(await registerToken(world(), BROWSER, user, view.id, view.activationCode)).toMatchObject({ refusal: { suspect: 'kind' } })
    expect((await findActivation(world(), user))?.triesLeft).toBe(5)
  })

  test('of 200 wrong registration codes at once, over two instances, five at most are evaluated; then the activation is void', async () => {
    const user = await makePerson(world())
    const other = await world().another()
    const view = await issue(world(), user)
    const all = await Promise.allSettled(
      Array.from({ length: 200 }, (_, seed) =>
        registerToken(seed % 2 ? world() : other, BROWSER, user, view.id, wrongRegistration(view, seed)),
      ),
    )
    const answers = all.map((one) =>
      one.status === 'fulfilled' ? one.value.outcome : one.reason instanceof Busy ? 'busy' : String(one.reason),
    )
    const evaluated = await world().db.read.selectFrom('activations').select('tries_left').where('id', '=', view.id).executeTakeFirst()
    expect(answers.filter((answer) => answer === 'wrong-code').length).toBe(4)
    expect(new Set(answers)).toEqual(new Set(['wrong-code', 'void', 'busy']))
    expect(evaluated?.tries_left).toBe(0)
    expect(await findActivation(world(), user)).toBeUndefined()
    expect(await findEndedActivation(world(), user)).toMatchObject({ why: 'out-of-tries', label: 'Work' })
  })

  test('the fifth wrong code voids: a right one then is refused, and nothing of the codes is left', async () => {
    const user = await makePerson(world())
    const view = await issue(world(), user)
    const { registrationCode } = await addIdentity(view.serialNumber, view.activationCode)
    const left = []
    for (let seed = 0; seed < 5; seed += 1) left.push(await registerToken(world(), BROWSER, user, view.id, wrongRegistration(view, seed)))
    expect(left).toEqual([4, 3, 2, 1].map((triesLeft): object => ({ outcome: 'wrong-code', triesLeft })).concat({ outcome: 'void' }))
    expect(await registerToken(world(), BROWSER, user, view.id, registrationCode)).toEqual({ outcome: 'void' })
    expect(await listTokens(world(), user)).toEqual([])
    expect(await world().db.read.selectFrom('activations').selectAll().where('id', '=', view.id).executeTakeFirst()).toMatchObject({
      state: 'void',
      sealed_code: null,
      sealed_ticket: null,
      ticket_hash: null,
      sealed_keys: null,
    })
  })

  test('a registration code is good once: replayed, or for codes that were replaced, it is refused', async () => {
    const user = await makePerson(world())
    const first = await issue(world(), user)
    const old = await addIdentity(first.serialNumber, first.activationCode)
    const second = await issue(world(), user)
    expect(second.serialNumber).not.toBe(first.serialNumber)
    expect(await registerToken(world(), BROWSER, user, first.id, old.registrationCode)).toEqual({ outcome: 'void' })
    expect(await registerToken(world(), BROWSER, user, second.id, old.registrationCode)).toMatchObject({ outcome: 'mistyped' })
    const { registrationCode } = await addIdentity(second.serialNumber, second.activationCode)
    expect(await registerToken(world(), BROWSER, user, second.id, registrationCode)).toMatchObject({ outcome: 'active' })
    expect(await registerToken(world(), BROWSER, user, second.id, registrationCode)).toEqual({ outcome: 'void' })
    expect(await listTokens(world(), user)).toHaveLength(1)
  })

  test('the same right code handed in many times at once makes one token', async () => {
    const user = await makePerson(world())
    const other = await world().another()
    const view = await issue(world(), user)
    const { registrationCode } = await addIdentity(view.serialNumber, view.activationCode)
    const all = await Promise.all(
      Array.from({ length: 12 }, (_, index) => registerToken(index % 2 ? world() : other, BROWSER, user, view.id, registrationCode)),
    )
    expect(all.filter(({ outcome }) => outcome === 'active')).toHaveLength(1)
    expect(await world().db.read.selectFrom('key_sets').select('id').where('token_id', '=', view.token).execute()).toHaveLength(1)
  })

  test('a right proof that is found after the time is over is refused', async () => {
    const user = await makePerson(world())
    const view = await issue(world(), user)
    const { registrationCode } = await addIdentity(view.serialNumber, view.activationCode)
    const late: World = { ...world(), now: vi.fn(world().now).mockReturnValueOnce(world().now()).mockReturnValue(view.expiresAt) }
    expect(await registerToken(late, BROWSER, user, view.id, registrationCode)).toEqual({ outcome: 'expired' })
    expect(await listTokens(world(), user)).toEqual([])
  })

  test('codes expire; the page says so; new ones have a new serial number and the same purpose', async () => {
    const user = await makePerson(world())
    const { token } = await makeToken(world(), user)
    world().pass(1)
    const view = await issue(world(), user, { label: 'Home', replaces: token })
    const { registrationCode } = await addIdentity(view.serialNumber, view.activationCode)
    world().pass(10 * MINUTE)
    expect(await registerToken(world(), BROWSER, user, view.id, registrationCode)).toEqual({ outcome: 'expired' })
    // Nothing was computed for it.
    expect(await world().db.read.selectFrom('activations').select('tries_left').where('id', '=', view.id).execute()).toEqual([
      { tries_left: 5 },
    ])
    expect(await findActivation(world(), user)).toBeUndefined()
    expect(await findEndedActivation(world(), user)).toMatchObject({ why: 'expired', label: 'Home', replaces: token })
    await sweepTokens(world())
    await sweepTokens(world())
    expect(await findEndedActivation(world(), user)).toMatchObject({ why: 'expired' })
    expect(await registerToken(world(), BROWSER, user, view.id, registrationCode)).toEqual({ outcome: 'expired' })
    expect(await renewActivation(world(), BROWSER, user)).toMatchObject({ outcome: 'issued' })
    const again = await findActivation(world(), user)
    expect(again).toMatchObject({ label: 'Home', replaces: token, triesLeft: 5 })
    expect(again?.serialNumber).not.toBe(view.serialNumber)
  })

  test('a token that is replaced ends with the activation, no other does; suspended at once if asked', async () => {
    const user = await makePerson(world())
    const { token: lost } = await makeToken(world(), user, 'Lost')
    const { token: kept } = await makeToken(world(), user, 'Kept')
    const view = await issue(world(), user, { replaces: lost, suspendReplaced: true })
    const states = async () => (await listTokens(world(), user)).map(({ id, state, reason }) => ({ id, state, reason }))
    const inUse = { id: kept, state: 'active', reason: undefined }
    expect(await states()).toEqual(expect.arrayContaining([{ id: lost, state: 'suspended', reason: 'lost' }, inUse]))
    const { registrationCode } = await addIdentity(view.serialNumber, view.activationCode)
    await registerToken(world(), BROWSER, user, view.id, registrationCode)
    expect(await states()).toHaveLength(2)
    expect(await states()).toEqual(expect.arrayContaining([inUse, { id: view.token, state: 'active', reason: undefined }]))
    expect((await actions(world(), user)).sort()).toEqual(['token-activated', 'token-activated', 'token-recreated', 'token-suspended'])
  })

  test("another person's token, activation or ticket is as unknown as one that does not exist", async () => {
    const [alice, bob] = [await makePerson(world()), await makePerson(world())]
    const { token } = await makeToken(world(), alice)
    const view = await issue(world(), alice)
    const { registrationCode } = await addIdentity(view.serialNumber, view.activationCode)
    const nothing = { outcome: 'no-such-token' }
    for (const [replaces, activation] of [
      [token, view.id],
      [drawId('tkn', world().random), drawId('act', world().random)],
    ] as const) {
      expect(await issueToken(world(), BROWSER, bob, { label: 'Work', replaces })).toEqual(nothing)
      expect(await registerToken(world(), BROWSER, bob, activation, registrationCode)).toEqual(nothing)
      expect(await registerToken(world(), BROWSER, bob, activation, 'a slip')).toEqual(nothing)
      expect(await confirmRegistration(world(), BROWSER, bob, activation, true)).toEqual(nothing)
      expect(await confirmRegistration(world(), BROWSER, bob, activation, false)).toEqual(nothing)
    }
    expect(await findActivation(world(), bob)).toBeUndefined()
    expect(await findActivation(world(), alice)).toMatchObject({ id: view.id, triesLeft: 5 })
    expect(await renewActivation(world(), BROWSER, bob)).toEqual({ outcome: 'done' })
  })

  test('no more activations a day than the setting says, and one pending at a time, however many ask at once', async () => {
    const user = await makePerson(world())
    const other = await world().another()
    const all = await Promise.all(
      Array.from({ length: 30 }, (_, index) => issueToken(index % 2 ? world() : other, BROWSER, user, { label: 'Work' })),
    )
    expect(all.filter(({ outcome }) => outcome === 'issued')).toHaveLength(10)
    expect(all.filter(({ outcome }) => outcome === 'too-many-today')).toHaveLength(20)
    const pending = await world()
      .db.read.selectFrom('activations')
      .select('id')
      .where('user_id', '=', user)
      .where('state', '=', 'open')
      .execute()
    expect(pending).toHaveLength(1)
    world().pass(24 * 60 * MINUTE)
    expect(await issueToken(world(), BROWSER, user, { label: 'Work' })).toMatchObject({ outcome: 'issued' })
  })

  test('where randomness fails nothing is issued', async () => {
    const user = await makePerson(world())
    const blind: World = {
      ...world(),
      random: () => {
        throw new Error('no randomness')
      },
    }
    await expect(issueToken(blind, BROWSER, user, { label: 'Work' })).rejects.toThrow('no randomness')
    expect(await world().db.read.selectFrom('authenticators').select('id').where('user_id', '=', user).execute()).toEqual([])
  })

  test('a serial number that is taken is drawn again', async () => {
    const user = await makePerson(world())
    await issue(world(), user)
    const drawn: number[] = []
    const fixed: World = {
      ...world(),
      random: (length) => {
        drawn.push(length)
        // The first two serial numbers that are drawn are alike.
        return length === 10 && drawn.filter((one) => one === 10).length <= 2
          ? new Uint8Array(10).fill(drawn.length && 7)
          : world().random(length)
      },
    }
    const first = await issueToken(fixed, BROWSER, user, { label: 'Work' })
    const second = await issueToken(fixed, BROWSER, user, { label: 'Work' })
    expect([first.outcome, second.outcome]).toEqual(['issued', 'issued'])
    expect(drawn.filter((one) => one === 10)).toHaveLength(3)
  })
})

onBothEngines('tickets', (world) => {
  const open = async (user: UserId) => {
    const view = await issue(world(), user)
    const opened = await openTicket(world(), BROWSER, view.ticket ?? '')
    if (opened.outcome !== 'opened') throw new Error(opened.outcome)
    const app = await addIdentity(opened.serialNumber, opened.activationCode)
    return { view, opened, app, ticket: view.ticket ?? '' }
  }

  test('a ticket gives the codes once, however many ask at once; the owner hears of a second opening, once', async () => {
    const user = await makePerson(world())
    const other = await world().another()
    const view = await issue(world(), user)
    expect(view.ticket).toMatch(/^[\w-]{22}$/)
    const all = await Promise.all(
      Array.from({ length: 200 }, (_, index) => openTicket(index % 2 ? world() : other, BROWSER, view.ticket ?? '')),
    )
    const opened = all.filter(({ outcome }) => outcome === 'opened')
    expect(opened).toEqual([{ outcome: 'opened', serialNumber: view.serialNumber, activationCode: view.activationCode, name: 'Work' }])
    expect(await actions(world(), user)).toEqual(['ticket-opened-twice'])
    expect(await findActivation(world(), user)).toMatchObject({ ticket: undefined, ticketOpened: true, ticketReopenedAt: world().now() })
    const refused = await world()
      .db.read.selectFrom('audit_events')
      .select('id')
      .where('subject', '=', user)
      .where('outcome', '=', 'refused')
      .execute()
    expect(refused).toHaveLength(199)
  })

  test('unknown, expired and void tickets are refused alike', async () => {
    const user = await makePerson(world())
    const void_ = await issue(world(), user)
    const expired = await issue(world(), user)
    world().pass(10 * MINUTE)
    for (const ticket of ['', 'AAAAAAAAAAAAAAAAAAAAAA', void_.ticket ?? '', expired.ticket ?? '']) {
      expect(await openTicket(world(), BROWSER, ticket)).toEqual({ outcome: 'refused' })
      expect(await registerByTicket(world(), BROWSER, ticket, '')).toMatchObject({ outcome: expect.stringMatching(/refused|mistyped/) })
    }
  })

  test('a code handed in is provisional: no token is active before the owner says yes', async () => {
    const user = await makePerson(world())
    const { view, app, ticket } = await open(user)
    expect(await registerByTicket(world(), BROWSER, ticket, app.registrationCode)).toEqual({ outcome: 'provisional' })
    const pending = await findActivation(world(), user)
    expect(pending).toMatchObject({ state: 'provisional', lastSymbols: app.registrationCode.slice(-4) })
    expect(await validateCode(world(), BROWSER, user, showCode(app.device, world().now()), { bare: false })).toEqual({
      outcome: 'unavailable',
    })
    expect(await registerByTicket(world(), BROWSER, ticket, app.registrationCode)).toEqual({ outcome: 'refused' })
    const both = await Promise.all([true, true, true].map((yes) => confirmRegistration(world(), BROWSER, user, view.id, yes)))
    expect(both.filter(({ outcome }) => outcome === 'active')).toEqual([{ outcome: 'active', token: view.token }])
    expect(await leftOf(world(), user)).toEqual([null])
    world().pass(30 * MINUTE)
    expect(await validateCode(world(), BROWSER, user, showCode(app.device, world().now()), { bare: false })).toMatchObject({
      outcome: 'accepted',
    })
  })

  test("the owner's no gives a stranger's app nothing", async () => {
    const user = await makePerson(world())
    const { view, app, ticket } = await open(user)
    await registerByTicket(world(), BROWSER, ticket, app.registrationCode)
    expect(await confirmRegistration(world(), BROWSER, user, view.id, false)).toEqual({ outcome: 'refused-by-owner' })
    expect(await confirmRegistration(world(), BROWSER, user, view.id, true)).toEqual({ outcome: 'void' })
    expect(await registerByTicket(world(), BROWSER, ticket, app.registrationCode)).toEqual({ outcome: 'refused' })
    expect(await listTokens(world(), user)).toEqual([])
  })

  test('a yes that comes too late is refused', async () => {
    const user = await makePerson(world())
    const { view, app, ticket } = await open(user)
    await registerByTicket(world(), BROWSER, ticket, app.registrationCode)
    world().pass(10 * MINUTE)
    expect(await confirmRegistration(world(), BROWSER, user, view.id, true)).toEqual({ outcome: 'expired' })
    expect(await listTokens(world(), user)).toEqual([])
  })

  test('wrong codes by ticket cost tries like typed ones; a ticket that nobody opened registers nothing', async () => {
    const user = await makePerson(world())
    const fresh = await issue(world(), user)
    const guessed = await addIdentity(fresh.serialNumber, fresh.activationCode)
    expect(await registerByTicket(world(), BROWSER, fresh.ticket ?? '', guessed.registrationCode)).toEqual({ outcome: 'refused' })
    const { view, app, ticket } = await open(user)
    for (let seed = 0; seed < 5; seed += 1) {
      expect(await registerByTicket(world(), BROWSER, ticket, wrongRegistration(view, seed))).toEqual({ outcome: 'refused' })
    }
    expect(await registerByTicket(world(), BROWSER, ticket, app.registrationCode)).toEqual({ outcome: 'refused' })
    expect(await findActivation(world(), user)).toBeUndefined()
  })
})
