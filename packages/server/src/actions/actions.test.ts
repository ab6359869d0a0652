import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  administerBy,
  type Browser,
  browserWith,
  freshCode,
  linkIn,
  makeOwner,
  type Owner,
  openStand,
  post,
  resetBy,
  type Stand,
  signInBy,
} from '../../test/attack/stand.ts'
import { onBothEngines } from '../../test/world.ts'
import { findSession } from '../sessions/find-session.ts'
import { tokensWaitUntil } from './tokens-wait-until.ts'

const NEW_PASSWORD = 'a new password, and a long one'
const HOUR = 3_600_000

onBothEngines('what opens tokens', (world) => {
  let stand: Stand
  beforeAll(async () => {
    stand = await openStand(world())
  })
  afterAll(() => stand.close())

  const reset = async (): Promise<Owner> => {
    const owner = await makeOwner(world())
    const browser = stand.open()
    await resetBy(stand, browser, owner)
    await browser.post('/new-password', { password: NEW_PASSWORD, repeated: NEW_PASSWORD })
    return { ...owner, password: NEW_PASSWORD }
  }
  const proofsOf = async ({ user }: Owner): Promise<string> =>
    JSON.stringify([
      await world().db.read.selectFrom('recovery_code_sets').selectAll().where('user_id', '=', user).execute(),
      await world().db.read.selectFrom('question_answers').selectAll().where('user_id', '=', user).execute(),
    ])

  test('a proof that reset the password gets no proof of another kind, which would open at once what it has to wait for', async () => {
    const owner = await reset()
    const thief = stand.open()
    await administerBy(stand, thief, owner)
    const before = await proofsOf(owner)
    expect((await thief.get('/self-administration/actions')).body).not.toContain('/recovery-codes')
    const questions = Object.entries(owner.answers).flatMap(([q, a], n) => [
      [`question-${n + 1}`, q] as const,
      [`answer-${n + 1}`, a] as const,
    ])
    for (const [path, fields] of [
      ['/self-administration/recovery-codes/renew', []],
      ['/self-administration/security-questions', questions],
    ] as const) {
      expect((await thief.post(path, fields)).location, path).toBe('/self-administration/actions')
    }
    expect(await proofsOf(owner)).toBe(before)
    expect((await thief.get('/self-administration/recovery-codes')).location).toBe('/self-administration/actions')
    world().pass(24 * HOUR)
    const later = stand.open()
    await administerBy(stand, later, owner)
    expect((await later.post('/self-administration/recovery-codes/renew')).location).toBe('/self-administration/recovery-codes')
    expect(await proofsOf(owner)).not.toBe(before)
  })

  test('a code by mail waits after every reset: each began in the same mailbox', async () => {
    const owner = await reset()
    const { session } = await browserWith(stand, { user: owner.user, kind: 'self-administration', amr: ['pwd'] })
    const by = (proof: string) =>
      tokensWaitUntil(world(), {
        id: session,
        user: owner.user,
        kind: 'self-administration',
        createdAt: 0,
        lastSeenAt: 0,
        expiresAt: 0,
        passwordAt: 0,
        secondFactorAt: 0,
        amr: [],
        device: undefined,
        proof,
        wrongCodes: 0,
      })
    expect([await by('mailed-code'), await by('security-code')]).toEqual([expect.any(Number), undefined])
  })
})

onBothEngines('a factor that is changed', (world) => {
  let stand: Stand
  let owner: Owner
  let own: Browser
  beforeAll(async () => {
    stand = await openStand(world())
    owner = await makeOwner(world())
    own = stand.open()
    await signInBy(stand, own, owner)
  })
  afterAll(() => stand.close())

  const thieves = async () => {
    const first = await browserWith(stand, { user: owner.user, kind: 'sign-in', amr: ['pwd'] })
    const second = await browserWith(stand, { user: owner.user, kind: 'self-administration', amr: ['pwd'], proof: 'security-questions' })
    return async () => [
      (await first.browser.get('/enrolment/all-set')).status,
      (await second.browser.get('/self-administration/actions')).status,
      (await own.get('/account')).status,
    ]
  }

  test('recovery codes and security questions: every session ends but those of the browser in which it was done', async () => {
    const questions = Object.entries(owner.answers).flatMap(([q, a], n) => [
      [`question-${n + 1}`, q] as const,
      [`answer-${n + 1}`, a] as const,
    ])
    for (const [path, fields] of [
      ['/account/recovery-codes/renew', []],
      ['/account/security-questions', questions],
    ] as const) {
      const statuses = await thieves()
      expect(await statuses(), path).toEqual([200, 200, 200])
      expect((await own.post(path, fields)).status, path).toBe(303)
      expect(await statuses(), path).toEqual([303, 303, 200])
      if (path.endsWith('renew')) await own.post('/account/recovery-codes', { saved: 'yes' })
    }
  })

  test('an unlocked token: the same, in the transaction that answers', async () => {
    const statuses = await thieves()
    const answered = await own.post(`/account/unlock/${owner.token}`, { token: owner.token, code: owner.device.resetCode })
    expect(answered.location).toBe(`/account/unlock/${owner.token}/code`)
    expect(await statuses()).toEqual([303, 303, 200])
  })

  test('signing out leaves nothing open in this browser: self-administration is over too', async () => {
    const shared = stand.open()
    await signInBy(stand, shared, owner)
    await administerBy(stand, shared, owner)
    expect((await shared.get('/self-administration/actions')).status).toBe(200)
    const copy = shared.copy()
    await shared.post('/account/sign-out')
    for (const browser of [shared, copy]) expect((await browser.get('/self-administration/actions')).location).toBe('/self-administration')
  })

  test('a password that was somebody else’s is behind no sign-in once its owner has said so', async () => {
    await own.post('/account/password', { password: NEW_PASSWORD, repeated: NEW_PASSWORD })
    const notice = linkIn(await post(world()), 'notice')
    world().pass(1)
    const thief = stand.open()
    const flow = (await thief.get('/account')).location
    await thief.post(flow, { name: owner.name, password: NEW_PASSWORD })
    expect((await thief.get(flow)).body).toContain('second-factor')
    const code = freshCode(world(), owner)
    await stand.open().post(notice)
    await thief.post(`${flow}/second-factor`, { code })
    expect(await findSession(world(), 'sign-in', thief.cookie('sign-in'))).toBeUndefined()
  })

  test('signing out takes an activation that outlasts self-administration out of this browser', async () => {
    const person = await makeOwner(world())
    const shared = stand.open()
    await signInBy(stand, shared, person)
    await administerBy(stand, shared, person)
    await shared.post('/self-administration/recreate', { token: person.token })
    world().pass(11 * 60_000)
    expect((await shared.get('/soft-token')).status).toBe(200)
    await shared.post('/account/sign-out')
    expect((await shared.get('/soft-token')).location).toBe('/')
  })
})
