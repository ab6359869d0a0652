import { expect, test } from 'vitest'
import { mailsOf } from '../../test/mails.ts'
import { enrolPerson } from '../../test/people.ts'
import { BROWSER, onBothEngines } from '../../test/world.ts'
import type { Caller, Context } from '../context.ts'
import { Busy, inLane } from '../hashing/in-lane.ts'
import { parsePhc } from '../hashing/phc.ts'
import type { UserId } from '../ids.ts'
import { makeProofCode, readProofCode } from '../recovery-guards/proof-code.ts'
import { resumeUser } from '../users/resume-user.ts'
import { suspendUser } from '../users/suspend-user.ts'
import { confirmSaved } from './confirm-saved.ts'
import { countRecoveryCodes } from './count-recovery-codes.ts'
import { renewRecoveryCodes } from './renew-recovery-codes.ts'
import { drawCode, numberOf } from './rules.ts'
import { spendRecoveryCode } from './spend-recovery-code.ts'
import { findCode, takeCode } from './store.ts'

test('each code has its number and 65 random bits: a million of them, chi-square for each symbol, none comes twice', () => {
  const seen = new Set<string>()
  const counts = Array.from({ length: 13 }, () => new Map<string, number>())
  const draws = 1_000_000
  let misnumbered = 0
  for (let index = 0; index < draws; index += 1) {
    const code = drawCode(1 + (index % 10), (length) => crypto.getRandomValues(new Uint8Array(length)))
    if (numberOf(code) !== 1 + (index % 10)) misnumbered += 1
    seen.add(code)
    for (const [place, count] of counts.entries()) count.set(code.charAt(place + 1), (count.get(code.charAt(place + 1)) ?? 0) + 1)
  }
  expect([misnumbered, seen.size]).toEqual([0, draws])
  const expected = draws / 32
  for (const count of counts) {
    const chiSquare = [...count.values()].reduce((sum, value) => sum + (value - expected) ** 2 / expected, 0)
    expect(count.size).toBe(32)
    // 31 degrees of freedom: above 90 less than once in ten million.
    expect(chiSquare).toBeLessThan(90)
  }
})

onBothEngines('recovery codes', (world) => {
  const renew = async (user: UserId) => {
    const renewed = await renewRecoveryCodes(world(), BROWSER, user)
    if (renewed.outcome !== 'renewed') throw new Error(renewed.outcome)
    return renewed.codes
  }
  const person = async () => {
    const { user } = await enrolPerson(world())
    return { user, codes: await renew(user) }
  }
  const spend = (user: UserId, typed: string, ctx: Context = world()) => spendRecoveryCode(ctx, BROWSER, user, typed)
  /** Right in form, and wrong. */
  const wrongCode = (number: number) => drawCode(number, world().random)
  const attempts = async (user: UserId) =>
    (await world().db.read.selectFrom('recovery_guards').select('attempts').where('user_id', '=', user).executeTakeFirst())?.attempts
  const source = (index: number): Caller => ({ ...BROWSER, address: `2001:db8:1:${(index % 30).toString(16)}::1` })

  test('of whoever is suspended none is used up, and none of a set that ended while it was judged', async () => {
    const { user, codes } = await person()
    const [first = '', second = ''] = codes
    await suspendUser(world(), BROWSER, user)
    expect(await spend(user, first)).toEqual({ outcome: 'wrong-code' })
    await resumeUser(world(), BROWSER, user)
    expect(await spend(user, first)).toEqual({ outcome: 'accepted' })
    const read = readProofCode('recovery', second)
    const found = await world().db.transaction((tx) => findCode(tx, user, numberOf(read.ok ? read.code : '')))
    if (found === undefined) throw new Error('a code was expected')
    await renew(user)
    expect(await world().db.transaction((tx) => takeCode(tx, user, found, world().now()))).toBe(false)
  })

  test('ten codes of four groups, each good once', async () => {
    const { user, codes } = await person()
    expect(codes).toHaveLength(10)
    for (const code of codes) expect(code).toMatch(/^[1-9A][0-9A-HJKMNP-TV-Z]{3}(-[0-9A-HJKMNP-TV-Z]{4}){3}$/)
    expect(codes.map((code) => code[0]).join('')).toBe('123456789A')
    const [first = '', second = ''] = codes
    expect(await spend(user, first.toLowerCase())).toEqual({ outcome: 'accepted' })
    expect(await spend(user, first)).toEqual({ outcome: 'wrong-code' })
    expect(await spend(user, second)).toEqual({ outcome: 'accepted' })
    expect(await countRecoveryCodes(world(), user)).toMatchObject({ left: 8 })
  })

  test('one code, 200 times at once, from two instances: accepted once', async () => {
    const { user, codes } = await person()
    const other = await world().another()
    const [code = ''] = codes
    // From as many addresses as the lanes have shares: nobody is turned away, all are released together.
    const from = (index: number): Caller => ({ ...BROWSER, address: `192.0.2.${index % 64}` })
    const outcomes = await Promise.all(
      Array.from({ length: 200 }, (_, index) => spendRecoveryCode(index % 2 ? world() : other, from(index), user, code)),
    )
    expect(outcomes.filter(({ outcome }) => outcome === 'accepted')).toHaveLength(1)
    expect(outcomes.filter(({ outcome }) => outcome === 'wrong-code' || outcome === 'waiting')).toHaveLength(199)
    expect(await countRecoveryCodes(world(), user)).toMatchObject({ left: 9 })
    world().pass(3_600_000)
    expect(await spend(user, code)).toEqual({ outcome: 'wrong-code' })
  })

  test('wrong codes at once, from two instances: five are judged', async () => {
    const { user } = await person()
    const other = await world().another()
    const outcomes = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        spendRecoveryCode(index % 2 ? world() : other, source(index), user, wrongCode(1 + (index % 10))),
      ),
    )
    expect(outcomes.filter(({ outcome }) => outcome === 'wrong-code')).toHaveLength(5)
    expect(outcomes.filter(({ outcome }) => outcome === 'waiting')).toHaveLength(55)
  })

  test('a right code during a wait is refused and not spent; after it, it is good', async () => {
    const { user, codes } = await person()
    const [code = ''] = codes
    for (let time = 0; time < 5; time += 1) expect(await spend(user, wrongCode(2))).toEqual({ outcome: 'wrong-code' })
    expect(await spend(user, code)).toEqual({ outcome: 'waiting', until: world().now() + 30_000 })
    world().pass(29_999)
    expect((await spend(user, code)).outcome).toBe('waiting')
    world().pass(1)
    expect((await spend(user, code)).outcome).toBe('accepted')
    expect(await attempts(user)).toBe(0)
  })

  test('what is mistyped is said, and counts nothing', async () => {
    const { user, codes } = await person()
    const [code = ''] = codes
    const typo = code.slice(0, -1) + (code.endsWith('0') ? '2' : '0')
    expect(await spend(user, typo)).toEqual({ outcome: 'mistyped', refusal: { ok: false, error: 'typing', suspect: { symbol: 15 } } })
    expect(await spend(user, 'abc')).toEqual({ outcome: 'mistyped', refusal: { ok: false, error: 'length', length: 3, expected: 16 } })
    expect(await spend(user, '!')).toEqual({ outcome: 'mistyped', refusal: { ok: false, error: 'symbol', at: 0 } })
    expect(await attempts(user)).toBe(0)
  })

  test("somebody else's code, a code of an ended set, a number that there is not, nobody: one answer", async () => {
    const { user, codes } = await person()
    const stranger = await person()
    const [code = ''] = codes
    const wrong = { outcome: 'wrong-code' }
    expect(await spend(stranger.user, code)).toEqual(wrong)
    const unused = await enrolPerson(world())
    expect(await spend(unused.user, code)).toEqual(wrong)
    expect(await spend('usr_nobody', code)).toEqual(wrong)
    for (const symbol of ['0', 'B', 'Z']) expect(await spend(user, makeProofCode('recovery', symbol + '0'.repeat(13)))).toEqual(wrong)
    const renewed = await renew(user)
    expect(await spend(user, code)).toEqual(wrong)
    expect(await spend(user, renewed[0] ?? '')).toEqual({ outcome: 'accepted' })
  })

  test('a code whose set ends while it is judged is wrong', async () => {
    const { user, codes } = await person()
    let calls = 0
    const transaction: Context['db']['transaction'] = async (body) => {
      calls += 1
      if (calls === 2) await renew(user)
      return world().db.transaction(body)
    }
    const during: Context = { ...world(), db: { ...world().db, transaction } }
    expect(await spend(user, codes[0] ?? '', during)).toEqual({ outcome: 'wrong-code' })
  })

  test('renewed by two at once: one set of ten is left', async () => {
    const { user } = await person()
    const other = await world().another()
    await Promise.all([renewRecoveryCodes(world(), BROWSER, user), renewRecoveryCodes(other, BROWSER, user)])
    const open = await world()
      .db.read.selectFrom('recovery_code_sets')
      .select('id')
      .where('user_id', '=', user)
      .where('ended_at', 'is', null)
      .execute()
    const codes = await world().db.read.selectFrom('recovery_codes').select('set_id').where('user_id', '=', user).execute()
    expect(open).toHaveLength(1)
    expect(codes.map(({ set_id }) => set_id)).toEqual(Array.from({ length: 10 }, () => open[0]?.id))
    expect(await renewRecoveryCodes(world(), BROWSER, 'usr_nobody')).toEqual({ outcome: 'no-such-user' })
  })

  test('the owner is told of a code that was used, and of a new set once the old one was saved', async () => {
    const { user, codes } = await person()
    expect(await confirmSaved(world(), BROWSER, user)).toEqual({ outcome: 'saved' })
    expect(await countRecoveryCodes(world(), user)).toMatchObject({ left: 10, saved: true })
    expect(await mailsOf(world(), user)).toHaveLength(0)
    await spend(user, codes[0] ?? '')
    expect(await mailsOf(world(), user)).toHaveLength(1)
    await renew(user)
    expect(await countRecoveryCodes(world(), user)).toMatchObject({ left: 10, saved: false })
    const mails = await mailsOf(world(), user)
    expect(mails).toHaveLength(2)
    for (const code of codes) expect(JSON.stringify(mails)).not.toContain(code)
    const { user: none } = await enrolPerson(world())
    expect(await confirmSaved(world(), BROWSER, none)).toEqual({ outcome: 'no-codes' })
    expect(await countRecoveryCodes(world(), none)).toEqual({ left: 0, saved: false, madeAt: undefined })
  })

  test('the database holds salted hashes only, and the audit log no code', async () => {
    const { user, codes } = await person()
    const rows = await world().db.read.selectFrom('recovery_codes').selectAll().where('user_id', '=', user).execute()
    expect(new Set(rows.map(({ hash }) => Buffer.from(parsePhc(hash).salt).toString('hex'))).size).toBe(10)
    await spend(user, codes[0] ?? '')
    const events = await world().db.read.selectFrom('audit_events').selectAll().execute()
    for (const code of codes)
      for (const text of [code, code.replaceAll('-', '')]) expect(JSON.stringify([rows, events])).not.toContain(text)
  })

  test('a full lane says so, and counts nothing', async () => {
    const { user, codes } = await person()
    let open: () => void = () => undefined
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    const blocked = [
      ...Array.from({ length: 100 }, () => inLane('rest', undefined, () => gate)),
      ...Array.from({ length: 20 }, () => inLane('source', BROWSER.address, () => gate)),
    ].map((work) => work.catch((error: unknown) => error instanceof Busy))
    for (let time = 0; time < 8; time += 1) expect(await spend(user, wrongCode(1))).toEqual({ outcome: 'busy' })
    open()
    await Promise.all(blocked)
    expect(await attempts(user)).toBe(0)
    expect((await spend(user, codes[0] ?? '')).outcome).toBe('accepted')
  })
})
