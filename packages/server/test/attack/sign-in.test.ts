import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeApiKey } from '../../src/api-keys/make-api-key.ts'
import { makeLink } from '../../src/links/make-link.ts'
import { setPassword } from '../../src/passwords/set-password.ts'
import { endSession } from '../../src/sessions/end-session.ts'
import { findSession } from '../../src/sessions/find-session.ts'
import { addUser } from '../../src/users/add-user.ts'
import { readName } from '../../src/users/rules.ts'
import { suspendUser } from '../../src/users/suspend-user.ts'
import { showCode, wrongCode } from '../device.ts'
import { BROWSER, onBothEngines, type World } from '../world.ts'
import { Browser, everything, freshCode, makeOwner, type Owner, openStand, type Stand, signInBy } from './stand.ts'

const MINUTE = 60_000
const OTHER_PASSWORD = 'quite another password'

/** Somebody whose login name is a mail address. */
async function makeMailNamed(world: World): Promise<Owner> {
  const owner = await makeOwner(world)
  const read = readName('Große.Ärger@example.test')
  if (!read.ok) throw new Error(read.reason)
  await world.db.transaction((tx) => tx.updateTable('users').set({ login_name: read.canonical }).where('id', '=', owner.user).execute())
  return { ...owner, name: read.canonical }
}

async function keyOf(world: World): Promise<{ secret: string }> {
  const made = await makeApiKey(world, BROWSER, 'Wiki')
  if (made.outcome !== 'made') throw new Error(made.outcome)
  return made
}

onBothEngines('a sign-in has no short cut', (world) => {
  let stand: Stand
  let alice: Owner
  let bob: Owner
  beforeAll(async () => {
    stand = await openStand(world())
    alice = await makeOwner(world())
    bob = await makeOwner(world())
  })
  afterAll(() => stand.close())

  const whoIs = async (browser: Browser) => (await findSession(world(), 'sign-in', browser.cookie('sign-in')))?.user
  const begin = async (browser: Browser): Promise<string> => (await browser.get('/account')).location

  test('the second step without the first does nothing, and spends no code', async () => {
    const browser = stand.open()
    const flow = await begin(browser)
    const code = freshCode(world(), alice)
    const before = await everything(world())
    for (const step of ['second-factor', 'recovery-code'])
      await browser.post(`${flow}/${step}`, { code, name: alice.name, user: alice.user })
    expect(browser.cookie('sign-in')).toBeUndefined()
    expect((await browser.get(flow)).body).toContain('name="password"')
    expect(await everything(world())).toBe(before)
  })

  test("another's first step is nobody else's: neither the page nor the second step", async () => {
    const [hers, his] = [stand.open(), stand.open()]
    const flow = await begin(hers)
    await hers.post(flow, { name: alice.name, password: alice.password })
    await begin(his)
    for (const owner of [alice, bob]) {
      const answer = await his.post(`${flow}/second-factor`, { code: freshCode(world(), owner) })
      expect([answer.status, his.cookie('sign-in')]).toEqual([200, undefined])
    }
    expect((await his.get(flow)).body).not.toContain('name="code"')
    await hers.post(`${flow}/second-factor`, { code: freshCode(world(), alice) })
    expect(await whoIs(hers)).toBe(alice.user)
  })

  test('two tabs of two people do not cross', async () => {
    const browser = stand.open()
    const [first, second] = [await begin(browser), await begin(browser)]
    await browser.post(first, { name: alice.name, password: alice.password })
    await browser.post(second, { name: bob.name, password: bob.password })
    await browser.post(`${first}/second-factor`, { code: freshCode(world(), bob) })
    await browser.post(`${second}/second-factor`, { code: freshCode(world(), alice) })
    expect(browser.cookie('sign-in')).toBeUndefined()
    await browser.post(`${first}/second-factor`, { code: freshCode(world(), alice) })
    expect(await whoIs(browser)).toBe(alice.user)
    await browser.post(`${second}/second-factor`, { code: freshCode(world(), bob) })
    expect(await whoIs(browser)).toBe(bob.user)
  })

  test('one sign-in gives one session, however often its last step is sent at once', async () => {
    const browser = stand.open()
    const flow = await begin(browser)
    await browser.post(flow, { name: alice.name, password: alice.password })
    const before = await world().db.read.selectFrom('sessions').select('id').execute()
    const code = freshCode(world(), alice)
    const codes = [code, showCode(alice.device, world().now(), 1), showCode(alice.device, world().now(), -1)]
    await Promise.all(Array.from({ length: 30 }, (_, n) => browser.copy().post(`${flow}/second-factor`, { code: codes[n % 3] ?? '' })))
    const after = await world().db.read.selectFrom('sessions').select('id').execute()
    expect(after.length - before.length).toBe(1)
  })

  test.each([
    ['the password was changed meanwhile', () => setPassword(world(), BROWSER, alice.user, OTHER_PASSWORD)],
    ['the sign-in is half an hour old', async () => world().pass(30 * MINUTE)],
  ])('a first step is worth nothing once %s', async (_, happens) => {
    const browser = stand.open()
    const flow = await begin(browser)
    await browser.post(flow, { name: alice.name, password: alice.password })
    world().pass(1)
    await happens()
    await browser.post(`${flow}/second-factor`, { code: freshCode(world(), alice) })
    expect(browser.cookie('sign-in')).toBeUndefined()
    expect((await browser.get(flow)).body).not.toContain('name="code"')
    await setPassword(world(), BROWSER, alice.user, alice.password)
  })

  test.each([
    ['was ended', (id: string) => endSession(world(), BROWSER, id as `ses_${string}`)],
    ['came to its twelve hours', async () => world().pass(10 * MINUTE)],
  ])('a step-up of a session that %s asks for the password again', async (_, happens) => {
    const browser = stand.open()
    await signInBy(stand, browser, alice)
    const secret = browser.cookie('sign-in')
    const session = await findSession(world(), 'sign-in', secret)
    if (session === undefined) throw new Error('a session was expected')
    while (world().now() < session.expiresAt - 8 * MINUTE) {
      world().pass(Math.min(50 * MINUTE, session.expiresAt - 8 * MINUTE - world().now()))
      await browser.get('/enrolment/all-set')
    }
    const flow = await begin(browser)
    expect((await browser.get(flow)).body).toContain('name="code"')
    await happens(session.id)
    await browser.post(`${flow}/second-factor`, { code: freshCode(world(), alice) })
    expect(browser.cookie('sign-in')).toBe(secret)
    expect(await whoIs(browser)).toBeUndefined()
    expect((await browser.get(flow)).body).toContain('name="password"')
    await browser.post(flow, { name: alice.name, password: alice.password })
    await browser.post(`${flow}/second-factor`, { code: freshCode(world(), alice) })
    expect(await whoIs(browser)).toBe(alice.user)
  })

  test('whoever is suspended between the steps is not signed in', async () => {
    const carol = await makeOwner(world())
    const browser = stand.open()
    const flow = await begin(browser)
    await browser.post(flow, { name: carol.name, password: carol.password })
    const other = stand.open()
    const second = await begin(other)
    await other.post(second, { name: carol.name, password: carol.password })
    await suspendUser(world(), BROWSER, carol.user)
    await browser.post(`${flow}/second-factor`, { code: freshCode(world(), carol) })
    await other.post(`${second}/recovery-code`, { code: carol.recoveryCodes[0] ?? '' })
    expect([await whoIs(browser), await whoIs(other)]).toEqual([undefined, undefined])
  })

  test('wrong codes have one counter: any browser, address and step, any spelling of a name that is a mail address', async () => {
    const dora = await makeMailNamed(world())
    const spellings = [
      'Große.Ärger@example.test',
      'GROSSE.ÄRGER@EXAMPLE.TEST',
      ' große.a\u0308rger@ｅｘａｍｐｌｅ.test ',
      'grosse.ärger@example.test',
    ]
    const signedIn = stand.open()
    await signInBy(stand, signedIn, dora)
    const counts = () =>
      world()
        .db.read.selectFrom('code_guards')
        .select(['failures', 'door_failures'])
        .where('user_id', '=', dora.user)
        .executeTakeFirstOrThrow()
    const { secret } = await keyOf(world())
    const validate = (name: string, code: string) =>
      stand.ask({
        method: 'POST',
        path: '/api/v1/validate',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
        body: JSON.stringify({ user: name, code }),
      })
    const wrong = () => wrongCode(dora.device, world().now())
    const tries: ((from: Browser) => Promise<unknown>)[] = [
      ...spellings.slice(0, 3).map((name) => async (from: Browser) => {
        const flow = await begin(from)
        await from.post(flow, { name, password: dora.password })
        return from.post(`${flow}/second-factor`, { code: wrong() })
      }),
      async (from) => {
        await from.post('/self-administration', { name: spellings[3] ?? '', password: dora.password })
        return from.post('/self-administration/confirm', { code: wrong() })
      },
      async () => {
        world().pass(11 * MINUTE)
        return signedIn.post(`${await begin(signedIn)}/second-factor`, { code: wrong() })
      },
    ]
    for (const [n, attempt] of tries.entries()) {
      expect(await counts()).toEqual({ failures: n, door_failures: n })
      await attempt(new Browser(world(), (asked) => stand.ask({ ...asked, address: `127.0.0.${n + 2}` }), []))
      await validate(spellings[n % spellings.length] ?? '', wrong())
    }
    expect(await counts()).toEqual({ failures: 5, door_failures: 5 })
    const right = () => showCode(dora.device, world().now())
    const fresh = stand.open()
    const flow = await begin(fresh)
    await fresh.post(flow, { name: spellings[0] ?? '', password: dora.password })
    await fresh.post(`${flow}/second-factor`, { code: right() })
    expect([await whoIs(fresh), (await validate(spellings[0] ?? '', right())).body]).toEqual([undefined, '{"accepted":false}'])
    world().pass(MINUTE)
    await fresh.post(`${flow}/second-factor`, { code: right() })
    expect(await whoIs(fresh)).toBe(dora.user)
  })

  test('enrolment is not skipped by address, by Back or by a form out of turn', async () => {
    const added = await addUser(world(), BROWSER, { name: 'newcomer', email: 'newcomer@example.test' })
    if (added.outcome !== 'added') throw new Error(added.outcome)
    const link = await world().db.transaction((tx) => makeLink(world(), tx, { purpose: 'enrolment', user: added.user, goodForMs: MINUTE }))
    const browser = stand.open()
    const password = 'the first password of mine'
    await browser.post(`/welcome/${link}`, { password, repeated: password })
    const questions = Object.entries(alice.answers).flatMap(([question, answer], n) => [
      [`question-${n + 1}`, question] as const,
      [`answer-${n + 1}`, answer] as const,
    ])
    const early = await everything(world())
    for (const path of [
      '/enrolment',
      '/enrolment/recovery-codes',
      '/enrolment/soft-token',
      '/soft-token',
      '/account',
      '/account/recovery-codes',
    ])
      expect((await browser.walk(path)).body, path).not.toMatch(/id="codes"|id="activation"|My account/)
    await browser.post('/enrolment/recovery-codes', { saved: 'yes' })
    await browser.post('/soft-token/new-codes')
    expect(await everything(world())).toBe(early)
    expect((await browser.get('/enrolment/all-set')).location).toMatch(/^\/sign-in\//)
    expect((await browser.get('/enrolment/soft-token')).location).toBe('/enrolment/security-questions')
    await browser.post('/enrolment/security-questions', questions)
    const stored = await world().db.read.selectFrom('question_answers').selectAll().where('user_id', '=', added.user).execute()
    expect(stored.length).toBe(5)
    await browser.post('/enrolment/security-questions', questions)
    expect(await world().db.read.selectFrom('question_answers').selectAll().where('user_id', '=', added.user).execute()).toEqual(stored)
    await browser.get('/enrolment/recovery-codes')
    await browser.post('/enrolment/recovery-codes', { saved: 'yes' })
    expect((await browser.get('/enrolment')).location).toBe('/enrolment/soft-token')
    // Signing in anew leads to the same place, and to no session above it.
    const again = stand.open()
    const answered = await again.post(await begin(again), { name: 'newcomer', password })
    expect([answered.location, again.cookie('sign-in')]).toEqual(['/enrolment', undefined])
  })
})
