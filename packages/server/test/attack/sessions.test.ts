import { afterAll, beforeAll, expect, test } from 'vitest'
import { cookieName } from '../../src/http/cookies.ts'
import { endSessionsOf } from '../../src/sessions/end-sessions.ts'
import { findSession } from '../../src/sessions/find-session.ts'
import { sessionCookie } from '../../src/sessions/session-cookie.ts'
import { suspendUser } from '../../src/users/suspend-user.ts'
import { BROWSER, onBothEngines, openWorld } from '../world.ts'
import {
  administerBy,
  answersOf,
  type Browser,
  freshCode,
  makeOwner,
  type Owner,
  openStand,
  resetBy,
  type Stand,
  signInBy,
} from './stand.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** A page that wants a session and no fresh second factor. */
const SIGNED_IN = '/enrolment/all-set'
const ACTIONS = '/self-administration/actions'

onBothEngines('a session', (world) => {
  let stand: Stand
  let owner: Owner
  beforeAll(async () => {
    stand = await openStand(world())
    owner = await makeOwner(world())
  })
  afterAll(() => stand.close())

  const isSignedIn = async (browser: Browser): Promise<boolean> => (await browser.get(SIGNED_IN)).status === 200

  test('has a new secret after each factor and each step-up, and the one before is dead', async () => {
    const browser = stand.open()
    const flow = (await browser.get(SIGNED_IN)).location
    await browser.post(flow, { name: owner.name, password: owner.password })
    const thieves = [browser.copy()]
    expect(await isSignedIn(browser)).toBe(true)
    for (let stepUps = 0; stepUps < 2; stepUps += 1) {
      const step = (await browser.get('/account')).location
      await browser.post(`${step}/second-factor`, { code: freshCode(world(), owner) })
      expect((await browser.get('/account')).status).toBe(200)
      for (const thief of thieves) expect(await isSignedIn(thief.copy())).toBe(false)
      thieves.push(browser.copy())
      world().pass(10 * MINUTE)
    }
    expect(new Set(thieves.map((thief) => thief.cookie('sign-in'))).size).toBe(3)
  })

  test('of self-administration has a new secret after its proof', async () => {
    const browser = stand.open()
    await administerBy(stand, browser, owner, { half: true })
    const thief = browser.copy()
    await browser.post('/self-administration/confirm/questions', await answersOf(world(), owner))
    expect((await browser.get(ACTIONS)).status).toBe(200)
    expect(thief.cookie('self-administration')).not.toBe(browser.cookie('self-administration'))
    expect((await thief.get('/self-administration/confirm')).location).toBe('/self-administration')
  })

  test('that was planted before the sign-in is worth nothing after it', async () => {
    const name = cookieName(world().config, sessionCookie('sign-in'))
    const mallory = await makeOwner(world())
    const hers = stand.open()
    await signInBy(stand, hers, mallory)
    for (const planted of ['A'.repeat(43), hers.cookie('sign-in') ?? '']) {
      const browser = stand.open([[name, planted]])
      const flow = (await browser.get('/sign-in')).location
      await browser.post(flow, { name: owner.name, password: owner.password })
      // In a browser that is signed in, the page asks for that person's second factor: it is left for another sign-in.
      if (browser.cookie('sign-in') === planted) await browser.post('/account/sign-out')
      await signInBy(stand, browser, owner)
      expect((await findSession(world(), 'sign-in', browser.cookie('sign-in')))?.user).toBe(owner.user)
      expect(browser.cookie('sign-in')).not.toBe(planted)
      expect((await findSession(world(), 'sign-in', planted))?.user).not.toBe(owner.user)
    }
  })

  test('ends after an hour unused, however often it was used before', async () => {
    const browser = stand.open()
    await signInBy(stand, browser, owner)
    for (let uses = 0; uses < 3; uses += 1) {
      world().pass(HOUR - 1_000)
      expect(await isSignedIn(browser)).toBe(true)
    }
    world().pass(HOUR)
    expect(await isSignedIn(browser)).toBe(false)
  })

  test('ends after twelve hours, however much it is used and stepped up', async () => {
    const browser = stand.open()
    await signInBy(stand, browser, owner)
    const begun = world().now()
    while (world().now() < begun + 12 * HOUR - 40 * MINUTE) {
      world().pass(30 * MINUTE)
      const step = (await browser.get('/account')).location
      await browser.post(`${step}/second-factor`, { code: freshCode(world(), owner) })
      expect(await isSignedIn(browser)).toBe(true)
    }
    world().setTime(begun + 12 * HOUR - 1_000)
    expect(await isSignedIn(browser)).toBe(true)
    world().setTime(begun + 12 * HOUR)
    expect(await isSignedIn(browser)).toBe(false)
  })

  test('of self-administration ends after ten minutes, whatever is done in it', async () => {
    const browser = stand.open()
    await administerBy(stand, browser, owner, { half: true })
    const begun = world().now()
    for (const minutes of [3, 6, 9]) {
      world().setTime(begun + minutes * MINUTE)
      await browser.post('/self-administration/confirm/questions', await answersOf(world(), owner))
      expect((await browser.get(ACTIONS)).status).toBe(200)
    }
    world().setTime(begun + 10 * MINUTE)
    expect((await browser.get(ACTIONS)).location).toBe('/self-administration')
  })

  test.each([
    ['its owner signs out', async (browser: Browser) => void (await browser.copy().post('/account/sign-out'))],
    ['all of its person are ended', () => world().db.transaction((tx) => endSessionsOf(world(), tx, BROWSER, owner.user, {}))],
    [
      'the password is reset',
      async () => {
        const other = stand.open()
        await resetBy(stand, other, owner)
        await other.post('/new-password', { password: owner.password, repeated: owner.password })
      },
    ],
    ['the person is suspended', async () => void (await suspendUser(world(), BROWSER, owner.user))],
  ])('is refused at once when %s', async (_, happens) => {
    const browser = stand.open()
    await signInBy(stand, browser, owner)
    expect(await isSignedIn(browser)).toBe(true)
    world().pass(2 * HOUR)
    const fresh = stand.open()
    await signInBy(stand, fresh, owner)
    expect(await isSignedIn(fresh)).toBe(true)
    await happens(fresh)
    for (const path of [SIGNED_IN, '/account', '/account/password']) expect((await fresh.get(path)).location, path).toMatch(/^\/sign-in\//)
  })
})

test('cookies are read by no script, carried by no foreign form, and on https bound to this host', async () => {
  for (const url of ['http://localhost:8080', 'https://login.example.test']) {
    const world = await openWorld('sqlite', { LATCHKEY_LOGIN_URL: url })
    const stand = await openStand(world)
    const owner = await makeOwner(world)
    const browser = stand.open()
    const set: string[] = []
    const answers = [await browser.get('/account')]
    answers.push(await browser.post(answers[0]?.location ?? '', { name: owner.name, password: 'wrong' }))
    answers.push(await signInBy(stand, browser, owner), await administerBy(stand, browser, owner))
    answers.push(await browser.post('/self-administration/recreate', {}), await resetBy(stand, browser, owner))
    for (const { headers } of answers) set.push(...(headers['set-cookie'] ?? []))
    const names = new Set(set.map((cookie) => cookie.split('=')[0]))
    const prefix = url.startsWith('https') ? '__Host-' : ''
    for (const name of ['session', 'self_administration', 'password_reset', 'browser', 'device', 'flash', 'activation'])
      expect([...names]).toContain(`${prefix}latchkey_${name}`)
    for (const cookie of set.filter((one) => !/max-age=0/i.test(one))) {
      expect(cookie).toMatch(/; HttpOnly/i)
      expect(cookie).toMatch(/; SameSite=(?:Lax|Strict)/i)
      expect(cookie).toMatch(/; Path=\/(?:;|$)/i)
      expect(cookie).not.toMatch(/; Domain/i)
      if (prefix !== '') expect(cookie).toMatch(/^__Host-.*; Secure/i)
    }
    await stand.close()
    await world.close()
  }
})
