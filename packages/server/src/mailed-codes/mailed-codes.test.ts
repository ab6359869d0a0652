import { expect, test } from 'vitest'
import { mailsOf } from '../../test/mails.ts'
import { enrolPerson } from '../../test/people.ts'
import { BROWSER, onBothEngines } from '../../test/world.ts'
import type { SessionId, UserId } from '../ids.ts'
import { renewRecoveryCodes } from '../recovery-codes/renew-recovery-codes.ts'
import { spendRecoveryCode } from '../recovery-codes/spend-recovery-code.ts'
import { addAddress } from '../users/add-address.ts'
import { verifyAddress } from '../users/verify-address.ts'
import { forgetMailedCodes } from './forget-mailed-codes.ts'
import { drawMailedCode } from './rules.ts'
import { sendMailedCode } from './send-mailed-code.ts'
import { spendMailedCode } from './spend-mailed-code.ts'

const SESSION: SessionId = 'ses_one'
const FORM = /^ {4}([0-9A-Z]{4}-[0-9A-Z]{4})$/m

onBothEngines('mailed codes', (world) => {
  const send = (user: UserId, session = SESSION) => sendMailedCode(world(), BROWSER, user, session)
  const spend = (user: UserId, typed: string, session = SESSION) => spendMailedCode(world(), BROWSER, user, session, typed)
  const lastCode = async (user: UserId): Promise<string> => FORM.exec((await mailsOf(world(), user)).at(-1)?.text ?? '')?.[1] ?? ''
  const wrongCode = () => drawMailedCode(world().random)
  const person = async () => {
    const { user, email } = await enrolPerson(world())
    expect(await send(user)).toEqual({ outcome: 'sent', expiresAt: world().now() + 600_000 })
    return { user, email, code: await lastCode(user) }
  }
  const attempts = async (user: UserId) =>
    (await world().db.read.selectFrom('recovery_guards').select('attempts').where('user_id', '=', user).executeTakeFirst())?.attempts

  test('a code goes to the person and is good once', async () => {
    const { user, email, code } = await person()
    expect((await mailsOf(world(), user)).map(({ to }) => to)).toEqual([[email]])
    expect(await spend(user, code.toLowerCase())).toEqual({ outcome: 'accepted' })
    expect(await spend(user, code)).toEqual({ outcome: 'expired' })
    expect(await attempts(user)).toBe(0)
  })

  test('one code, 200 times at once, from two instances: accepted once', async () => {
    const { user, code } = await person()
    const other = await world().another()
    const results = await Promise.all(
      Array.from({ length: 200 }, (_, index) => spendMailedCode(index % 2 ? world() : other, BROWSER, user, SESSION, code)),
    )
    expect(results.filter(({ outcome }) => outcome === 'accepted')).toHaveLength(1)
    expect(results.filter(({ outcome }) => outcome === 'expired')).toHaveLength(199)
  })

  test('200 wrong codes at once, from two instances: five are judged, and then the right one is not', async () => {
    const { user, code } = await person()
    const other = await world().another()
    const results = await Promise.all(
      Array.from({ length: 200 }, (_, index) => spendMailedCode(index % 2 ? world() : other, BROWSER, user, SESSION, wrongCode())),
    )
    expect(results.filter(({ outcome }) => outcome === 'wrong-code')).toHaveLength(5)
    expect(results.filter(({ outcome }) => outcome === 'waiting')).toHaveLength(195)
    world().pass(30_000)
    expect(await spend(user, code)).toEqual({ outcome: 'expired' })
  })

  test('tries are counted down, and mistyping is not a try', async () => {
    const { user, code } = await person()
    expect(await spend(user, wrongCode())).toEqual({ outcome: 'wrong-code', triesLeft: 4 })
    expect(await spend(user, code.slice(0, -1))).toMatchObject({ outcome: 'mistyped', refusal: { error: 'length' } })
    expect(await spend(user, code.replace(/.$/, code.endsWith('0') ? '2' : '0'))).toMatchObject({
      outcome: 'mistyped',
      refusal: { error: 'typing' },
    })
    expect(await spend(user, `${code}!`)).toMatchObject({ outcome: 'mistyped', refusal: { error: 'symbol' } })
    expect(await attempts(user)).toBe(1)
    expect(await spend(user, code)).toEqual({ outcome: 'accepted' })
  })

  test('good for ten minutes, and not a millisecond longer', async () => {
    const { user, code } = await person()
    world().pass(600_000)
    expect(await spend(user, code)).toEqual({ outcome: 'expired' })
    expect(await attempts(user)).toBe(0)
    await send(user)
    world().pass(599_999)
    expect(await spend(user, await lastCode(user))).toEqual({ outcome: 'accepted' })
  })

  test('good in its session alone, for its person alone; a new one ends the one before', async () => {
    const { user, code } = await person()
    const stranger = await person()
    expect(await spend(user, code, 'ses_two')).toEqual({ outcome: 'expired' })
    expect((await spend(stranger.user, code)).outcome).not.toBe('accepted')
    await send(user)
    expect((await spend(user, code)).outcome).toBe('wrong-code')
    expect(await spend(user, await lastCode(user))).toEqual({ outcome: 'accepted' })
    const other = await person()
    await send(other.user, 'ses_two')
    expect(await spend(other.user, other.code)).toEqual({ outcome: 'expired' })
  })

  test('at most five an hour, however many ask at once from two instances', async () => {
    const { user } = await enrolPerson(world())
    const second = await world().another()
    const results = await Promise.all(
      Array.from({ length: 40 }, (_, index) => sendMailedCode(index % 2 ? world() : second, BROWSER, user, SESSION)),
    )
    expect(results.filter(({ outcome }) => outcome === 'sent')).toHaveLength(5)
    expect(results.find(({ outcome }) => outcome === 'too-many')).toEqual({ outcome: 'too-many', until: world().now() + 3_600_000 })
    expect(await mailsOf(world(), user)).toHaveLength(5)
    world().pass(3_599_999)
    expect((await send(user)).outcome).toBe('too-many')
    world().pass(1)
    await forgetMailedCodes(world())
    expect((await send(user)).outcome).toBe('sent')
    expect((await send(user)).outcome).toBe('sent')
  })

  test('only to addresses that may prove a recovery, one mail each; without one it says so', async () => {
    const { user, email } = await enrolPerson(world())
    const unverified = await addAddress(world(), BROWSER, user, 'unverified@example.test')
    const fresh = await addAddress(world(), BROWSER, user, 'fresh@example.test')
    if (fresh.outcome !== 'added' || unverified.outcome !== 'added') throw new Error('not added')
    await verifyAddress(world(), BROWSER, user, fresh.address)
    const before = (await mailsOf(world(), user)).length
    await send(user)
    expect((await mailsOf(world(), user)).slice(before).map(({ to }) => to)).toEqual([[email]])
    world().pass(7 * 24 * 3_600_000)
    await send(user)
    expect(
      (await mailsOf(world(), user))
        .slice(before + 1)
        .flatMap(({ to }) => to)
        .sort(),
    ).toEqual([email, 'fresh@example.test'].sort())
  })

  test('whoever has no recovery address gets the same answers, and no mail', async () => {
    const answers = async (user: UserId) => {
      const given: unknown[] = []
      for (let wish = 0; wish < 6; wish += 1) given.push(await send(user))
      for (let attempt = 0; attempt < 3; attempt += 1) given.push(await spend(user, wrongCode()))
      return given
    }
    const { user } = await enrolPerson(world())
    const { user: without } = await enrolPerson(world())
    await world().db.transaction((tx) => tx.updateTable('addresses').set({ recovery_from: null }).where('user_id', '=', without).execute())
    expect(await answers(without)).toEqual(await answers(user))
    expect(await mailsOf(world(), without)).toEqual([])
    expect(await mailsOf(world(), user)).toHaveLength(5)
  })

  test('nobody has no code', async () => {
    expect((await send('usr_nobody')).outcome).toBe('sent')
    expect(await spend('usr_nobody', wrongCode())).toEqual({ outcome: 'expired' })
  })

  test('wrong mailed codes and wrong recovery codes are counted together', async () => {
    const { user, code } = await person()
    const renewed = await renewRecoveryCodes(world(), BROWSER, user)
    if (renewed.outcome !== 'renewed') throw new Error(renewed.outcome)
    for (let time = 0; time < 3; time += 1) await spend(user, wrongCode())
    const stranger = await renewRecoveryCodes(world(), BROWSER, (await enrolPerson(world())).user)
    if (stranger.outcome !== 'renewed') throw new Error(stranger.outcome)
    for (let time = 0; time < 2; time += 1) await spendRecoveryCode(world(), BROWSER, user, stranger.codes[0] ?? '')
    expect((await spend(user, code)).outcome).toBe('waiting')
    expect((await spendRecoveryCode(world(), BROWSER, user, renewed.codes[0] ?? '')).outcome).toBe('waiting')
  })

  test('the code stands in no table and in no record in clear', async () => {
    const { user, code } = await person()
    await spend(user, code)
    for (const table of ['mailed_codes', 'audit_events', 'outbox'] as const) {
      const rows = await world().db.read.selectFrom(table).selectAll().execute()
      for (const text of [code, code.replace('-', '')]) expect(JSON.stringify(rows)).not.toContain(text)
    }
  })

  test('codes that are neither good nor counted any more are forgotten', async () => {
    await person()
    world().pass(3_600_000)
    expect(await forgetMailedCodes(world())).toBeGreaterThan(0)
    expect(await forgetMailedCodes(world())).toBe(0)
  })
})
