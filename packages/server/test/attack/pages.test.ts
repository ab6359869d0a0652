import { afterAll, beforeAll, expect, test } from 'vitest'
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
