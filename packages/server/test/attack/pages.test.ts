import { afterAll, beforeAll, expect, test } from 'vitest'
import { cookieName } from '../../src/http/cookies.ts'
import type { TokenId } from '../../src/ids.ts'
import { onBothEngines, openWorld } from '../world.ts'
import {
  type Answer,
  administerBy,
  type Browser,
  freshCode,
  linkIn,
  makeOwner,
  type Owner,
  openStand,
  post,
  routesOf,
  type Stand,
  signInBy,
} from './stand.ts'

/** Whole documents are looked at for it: it stands as text or not at all. */
const MARK = `"'><canary-mark onload=alert(1)>`
const ESCAPED = '&lt;canary-mark'
const EVIL = 'https://evil.example'

/** Every page that there is to see for somebody who is signed in, in self-administration and behind a link, all in one browser. */
async function everyPage(stand: Stand, browser: Browser, owner: Owner, query = ''): Promise<Answer[]> {
  const link =
    linkIn(await askForReset(stand, owner), 'reset-password')
      .split('/')
      .at(-1) ?? ''
  const flow = (await stand.open(browser.cookies).get('/sign-in')).location.split('/').at(-1) ?? ''
  const answers: Answer[] = []
  for (const { method, path } of routesOf(stand)) {
    if (method !== 'GET' || path.startsWith('/assets')) continue
    const real = path
      .replace(':token', owner.token)
      .replace(':flow', flow)
      .replace(/^\/reset-password\/:link/, `/reset-password/${link}`)
    answers.push(await browser.copy().get(real.replaceAll(/:\w+/g, 'unknown') + query))
  }
  return answers
}

async function askForReset(stand: Stand, owner: Owner) {
  stand.world.pass(3_600_000)
  await stand.open().post('/forgotten-password', { name: owner.name, email: owner.email })
  return post(stand.world)
}

async function openEverywhere(stand: Stand, owner: Owner, headers: Record<string, string> = {}): Promise<Browser> {
  const browser = stand.open()
  const flow = (await browser.get('/account')).location
  await browser.post(flow, { name: owner.name, password: owner.password }, headers)
  await browser.post(`${flow}/second-factor`, { code: freshCode(stand.world, owner) }, headers)
  await administerBy(stand, browser, owner)
  await browser.post('/self-administration/recreate', {})
  return browser
}

onBothEngines('every page', (world) => {
  let stand: Stand
  let owner: Owner
  let browser: Browser
  beforeAll(async () => {
    stand = await openStand(world())
    owner = await makeOwner(world())
  })
  afterAll(() => stand.close())

  async function sessions(): Promise<void> {
    browser = await openEverywhere(stand, owner)
  }

  test('is kept by no cache, framed by nobody, and runs and loads nothing but ours', async () => {
    await sessions()
    const answers = await everyPage(stand, browser, owner)
    await sessions()
    for (const path of ['/account', '/account/tokens/add', '/self-administration/actions', '/soft-token', '/self-administration/recreate'])
      answers.push(await browser.get(path))
    answers.push(
      await browser.get('/nothing-here'),
      await browser.post('/sign-in/x', {}),
      await browser.post('/account', {}, { origin: EVIL }),
    )
    answers.push(await browser.send({ method: 'PUT', path: '/account' }), await browser.get('/oidc/authorize?client_id=nobody'))
    answers.push(await browser.post('/forgotten-password', { name: 'x'.repeat(70_000) }))
    const shown = answers.filter(({ headers }) => /html/.test(headers['content-type'] ?? ''))
    expect(shown.filter(({ status }) => status === 200).length).toBeGreaterThan(15)
    expect(new Set(shown.map(({ status }) => status))).toEqual(new Set([200, 400, 403, 404, 405, 413]))
    for (const { path, headers } of answers) expect(headers['cache-control'], path).toMatch(/no-store/)
    for (const { path, headers, body } of shown) {
      const policy = headers['content-security-policy'] ?? ''
      for (const part of ["default-src 'none'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'", "script-src 'self'"])
        expect(policy, path).toContain(part)
      expect(policy, path).not.toMatch(/unsafe|\*|data:/)
      expect([headers['x-frame-options'], headers['x-content-type-options']], path).toEqual(['DENY', 'nosniff'])
      expect(headers['referrer-policy'], path).toBe('same-origin')
      expect(body, path).not.toMatch(/<script(?! src="\/)|\son\w+=|javascript:|style="/i)
    }
  })

  test('leads nowhere but to ourselves, whatever the address says', async () => {
    await sessions()
    const evil = [
      '//evil.example',
      '/\\evil.example',
      '/%5Cevil.example',
      '/%2F/evil.example',
      `/${EVIL}`,
      '/.//evil.example',
      '/%09/evil.example',
      '//evil.example/account',
      '//evil.example/%2f..',
      `${EVIL}/account`,
      `${EVIL}/enrolment/all-set`,
      '/account/..//evil.example',
      '/account?x=//evil.example#y',
      '/enrolment/all-set?return_to=//evil.example&%0d%0alocation:%20//evil.example',
    ]
    const wishes = ['return_to', 'returnTo', 'next', 'redirect', 'redirect_uri', 'continue', 'go']
      .map((name) => `${name}=${encodeURIComponent(EVIL)}`)
      .join('&')
    const answers: Answer[] = []
    for (const path of evil) {
      for (const who of [stand.open(), browser.copy()]) {
        const first = await who.get(path)
        answers.push(first)
        if (!first.location.startsWith('/sign-in/flw_')) continue
        answers.push(await who.post(first.location, { name: owner.name, password: owner.password, return_to: EVIL }))
        answers.push(await who.post(`${first.location}/second-factor`, { code: freshCode(world(), owner), return_to: EVIL }))
      }
    }
    answers.push(...(await everyPage(stand, browser, owner, `?${wishes}`)))
    const redirects = answers.filter(({ location }) => location !== '')
    expect(redirects.length).toBeGreaterThan(20)
    for (const { path, location } of redirects) {
      expect(location, path).toMatch(/^\/(?![/\\])/)
      expect(new URL(location, world().config.login.url).origin, path).toBe(world().config.login.url)
    }
  })
})

test('shows what people, browsers and addresses call themselves as text', async () => {
  const world = await openWorld('sqlite', { LATCHKEY_ORGANISATION_HELP_DESK: MARK, LATCHKEY_ORGANISATION_NAME: MARK.slice(0, 60) })
  const stand = await openStand(world)
  const owner = await makeOwner(world)
  await world.db.transaction(async (tx) => {
    await tx.updateTable('users').set({ display_name: MARK }).where('id', '=', owner.user).execute()
    await tx.updateTable('authenticators').set({ label: MARK }).where('user_id', '=', owner.user).execute()
    await tx.updateTable('addresses').set({ address: MARK }).where('user_id', '=', owner.user).execute()
  })
  const browser = await openEverywhere(stand, owner, { 'user-agent': `Mozilla/5.0 ${MARK} Firefox/150.0` })
  const shown: Answer[] = []
  const flow = (await stand.open(browser.cookies).get('/account')).location
  expect(flow).toBe('')
  const own = { ...owner, email: MARK }
  shown.push(...(await everyPage(stand, browser, own, `?token=${encodeURIComponent(MARK)}`)))
  const again = await openEverywhere(stand, owner, { 'user-agent': `Mozilla/5.0 ${MARK} Firefox/150.0` })
  for (const path of [
    '/account',
    '/account/recreate',
    `/account/tokens/${owner.token}/rename`,
    `/account/tokens/${owner.token}/disable`,
    '/account/activity',
    '/self-administration/actions',
    '/self-administration/recreate',
    '/soft-token',
  ])
    shown.push(await again.get(path))
  const stranger = stand.open()
  const typed = { name: MARK, password: MARK, code: MARK, email: MARK, label: MARK, first: MARK, second: MARK }
  const begun = (await stranger.get('/account')).location
  for (const [who, action, page] of [
    [stranger, begun, begun],
    [stranger, '/self-administration', '/self-administration'],
    [again, '/account/tokens/add', '/account/tokens/add'],
    [again, '/account/addresses/add', '/account/addresses/add'],
    [again, '/self-administration/confirm/recovery-code', '/self-administration/confirm/recovery-code'],
    [again, '/soft-token/register', '/soft-token/register'],
  ] as const) {
    await who.post(action, typed)
    shown.push(await who.get(page))
  }
  shown.push(await stranger.get(`/${encodeURIComponent(MARK)}`), await stranger.get(`/sign-in/${encodeURIComponent(MARK)}`))
  for (const { path, body } of shown) expect(body, path).not.toContain('<canary-mark')
  expect(shown.filter(({ body }) => body.includes(ESCAPED)).length).toBeGreaterThan(8)
  await stand.close()
  await world.close()
})

/** What stands in rows about a person and in no form. */
const EXTRAS = {
  role: 'admin',
  verified: '1',
  verified_at: '1',
  aal: '2',
  acr: '2',
  amr: 'mfa',
  failCount: '0',
  failures: '0',
  state: 'active',
  kind: 'sign-in',
  enrolled_at: '1',
  proof: 'security-code',
  wants_second_factor: '0',
  second_factor_at: '9999999999999',
  session: 'ses_x',
  admin: 'true',
}

onBothEngines('a form', (world) => {
  let stand: Stand
  let alice: Owner
  let bob: Owner
  beforeAll(async () => {
    stand = await openStand(world())
    alice = await makeOwner(world())
    bob = await makeOwner(world())
  })
  afterAll(() => stand.close())

  const rowsOf = async (owner: Owner): Promise<string> => {
    const tables = [
      'passwords',
      'question_answers',
      'question_rounds',
      'recovery_code_sets',
      'recovery_guards',
      'code_guards',
      'authenticators',
      'addresses',
      'activations',
      'sessions',
      'devices',
    ] as const
    const rows: unknown[] = [await world().db.read.selectFrom('users').selectAll().where('id', '=', owner.user).execute()]
    for (const table of tables) rows.push(await world().db.read.selectFrom(table).selectAll().where('user_id', '=', owner.user).execute())
    return JSON.stringify(rows)
  }

  test('gives nothing that it does not ask for, and to nobody else', async () => {
    const bobs = await rowsOf(bob)
    const extras = { ...EXTRAS, user: bob.user, userId: bob.user, user_id: bob.user, id: bob.user }
    const browser = stand.open()
    const flow = (await browser.get('/account')).location
    await browser.post(flow, { ...extras, name: alice.name, password: alice.password })
    expect((await browser.get('/account')).status).toBe(303)
    await browser.post(`${flow}/second-factor`, { ...extras, code: freshCode(world(), alice) })
    await browser.post('/self-administration', { ...extras, name: alice.name, password: alice.password })
    expect((await browser.get('/self-administration/actions')).location).toBe('/self-administration/confirm')
    await administerBy(stand, browser, alice)
    const password = 'mallory would like this password'
    const fields = {
      label: 'Renamed',
      saved: 'yes',
      email: 'alice-too@example.test',
      password,
      repeated: password,
      locale: 'en',
      timeZone: 'Europe/Berlin',
      token: alice.token,
      first: '000000',
      next: '000001',
      code: '000000',
    }
    for (const { method, path } of routesOf(stand)) {
      if (method !== 'POST' || /sign-out|sessions|\/delete|api\/|validate/.test(path)) continue
      await browser.post(path.replace(':token', alice.token).replaceAll(/:\w+/g, 'unknown'), { ...extras, ...fields })
    }
    expect(await rowsOf(bob)).toBe(bobs)
    const people = await world().db.read.selectFrom('users').select(['role', 'state']).execute()
    expect(new Set(people.map(({ role, state }) => `${role} ${state}`))).toEqual(new Set(['user active']))
    const added = await world()
      .db.read.selectFrom('addresses')
      .select('verified_at')
      .where('address', '=', 'alice-too@example.test')
      .execute()
    expect(added).toEqual([{ verified_at: null }])
  })

  test("with another person's token is as one with an unknown token", async () => {
    const bobs = await rowsOf(bob)
    const browser = stand.open()
    const dave = await makeOwner(world())
    await signInBy(stand, browser, dave)
    await administerBy(stand, browser, dave)
    const nobodys: TokenId = `tkn_${'A'.repeat(bob.token.length - 4)}`
    const shape = ({ status, location, body }: Answer, token: string) => [
      status,
      location,
      body.replaceAll(token, 'TOKEN').replaceAll(/req_[A-Za-z0-9_-]+/g, ''),
    ]
    for (const { method, path } of routesOf(stand).filter(({ path }) => path.includes(':token'))) {
      const ask = (token: string) =>
        method === 'GET'
          ? browser.copy().get(path.replace(':token', token))
          : browser
              .copy()
              .post(path.replace(':token', token), { token, label: 'Mine', code: '00000000', sure: 'yes', first: '000000', next: '000000' })
      expect(shape(await ask(bob.token), bob.token), `${method} ${path}`).toEqual(shape(await ask(nobodys), nobodys))
    }
    for (const desk of ['/self-administration', '/account']) {
      const ask = (token: string) => browser.copy().post(`${desk}/recreate`, { token, suspend: 'yes' })
      expect(shape(await ask(bob.token), bob.token), desk).toEqual(shape(await ask(nobodys), nobodys))
    }
    const hers = await world().db.read.selectFrom('sessions').select('id').where('user_id', '=', bob.user).executeTakeFirst()
    if (hers !== undefined) await browser.copy().post(`/account/sessions/${hers.id}/end`)
    expect(await rowsOf(bob)).toBe(bobs)
  })

  test('a sealed cookie is good where it was sealed for, and nowhere else', async () => {
    const erin = await makeOwner(world())
    const browser = stand.open()
    await administerBy(stand, browser, erin)
    await browser.post('/self-administration/recreate', { token: erin.token })
    const name = cookieName(world().config, 'activation')
    const sealed = browser.cookies.get(name) ?? ''
    expect((await stand.open([[name, sealed]]).get('/soft-token')).body).toContain('id="activation"')
    await browser.post('/self-administration', { name: 'nobody', password: 'x' })
    const flash = browser.cookies.get(cookieName(world().config, 'flash')) ?? ''
    const middle = sealed.length / 2
    const flipped = `${sealed.slice(0, middle)}${sealed[middle] === 'A' ? 'B' : 'A'}${sealed.slice(middle + 1)}`
    for (const other of [flash, flipped, sealed.slice(0, -2), '', 'null', Buffer.from('{}').toString('base64url')])
      expect((await stand.open([[name, other]]).get('/soft-token')).location).toBe('/')
    // An hour after the first codes have run out, it opens nothing any more.
    world().pass((world().config.activation.minutes + 60) * 60_000)
    expect((await stand.open([[name, sealed]]).get('/soft-token')).location).toBe('/')
    const before = await rowsOf(erin)
    await stand.open([[name, sealed]]).post('/soft-token/new-codes')
    expect(await rowsOf(erin)).toBe(before)
  })
})
