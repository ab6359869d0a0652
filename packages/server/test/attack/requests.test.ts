import { afterAll, beforeAll, expect, test } from 'vitest'
import { setPassword } from '../../src/passwords/set-password.ts'
import { BROWSER, onBothEngines } from '../world.ts'
import {
  administerBy,
  type Browser,
  everything,
  makeOwner,
  type Owner,
  openStand,
  resetBy,
  routesOf,
  type Stand,
  signInBy,
} from './stand.ts'

const MEBIBYTE = 1024 * 1024
const LARGEST = 64 * 1024
const FORM = 'application/x-www-form-urlencoded'
/** Programs' doors have rules of their own: they are tested beside them. */
const PAGES = /^\/(?!api\/|validate|\.well-known|assets\/)/

onBothEngines('a request that no page of ours sends', (world) => {
  let stand: Stand
  let owner: Owner
  /** Signed in, in self-administration, and behind the link for a new password, all in one. */
  let browser: Browser
  beforeAll(async () => {
    stand = await openStand(world())
    owner = await makeOwner(world())
    browser = stand.open()
    await signInBy(stand, browser, owner)
    await administerBy(stand, browser, owner)
    await resetBy(stand, browser, owner)
  })
  afterAll(() => stand.close())

  const fill = (path: string): string => path.replace(':token', owner.token).replaceAll(/:\w+/g, 'unknown')
  const forms = (): string[] =>
    routesOf(stand)
      .filter(({ method, path }) => method === 'POST' && PAGES.test(path))
      .map(({ path }) => fill(path))
  const origin = () => world().config.login.url
  const FIELDS = { label: 'Mallory', saved: 'yes', answer: 'yes', sure: 'yes', email: 'mallory@example.test' }
  const body = () => new URLSearchParams({ ...FIELDS, password: owner.password, repeated: owner.password }).toString()

  test('from another origin, from none or from null is refused on every form, before anything', async () => {
    const foreign = [
      'null',
      '',
      'https://evil.example',
      `${origin()}.evil.example`,
      `${origin()}:1`,
      'http://localhost',
      `https://localhost:8080`,
    ]
    const before = await everything(world())
    expect(forms().length).toBeGreaterThan(35)
    for (const path of forms()) {
      for (const value of [undefined, ...foreign, [origin(), 'https://evil.example']]) {
        const headers = { 'content-type': FORM, 'sec-fetch-site': 'cross-site', ...(value === undefined ? {} : { origin: value }) }
        const answer = await browser.copy().send({ method: 'POST', path, body: body(), headers })
        expect(answer.status, `${path} from ${value}`).toBe(403)
      }
    }
    expect(await everything(world())).toBe(before)
  })

  test('in another content type is refused on every form', async () => {
    const types = ['text/plain', 'application/json', 'multipart/form-data; boundary=x', '', 'application/x-www-form-urlencoded-not']
    const before = await everything(world())
    for (const path of forms()) {
      for (const type of types) {
        const headers = { origin: origin(), ...(type === '' ? {} : { 'content-type': type }) }
        expect((await browser.copy().send({ method: 'POST', path, body: body(), headers })).status, `${path} as ${type}`).toBe(415)
      }
    }
    expect(await everything(world())).toBe(before)
  })

  test('by another method, or with a method in a header, a query or a field, acts on nothing', async () => {
    const before = await everything(world())
    for (const path of forms()) {
      const form = { 'content-type': FORM, origin: origin() }
      for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS'])
        expect((await browser.copy().send({ method, path, body: body(), headers: form })).status, `${method} ${path}`).toBe(405)
      for (const name of ['x-http-method-override', 'x-http-method', 'x-method-override'])
        await browser.copy().send({ method: 'GET', path: `${path}?_method=POST&password=x`, headers: { ...form, [name]: 'POST' } })
    }
    expect(await everything(world())).toBe(before)
    // The other way round: a form stays a form.
    const answer = await browser
      .copy()
      .post('/forgotten-password', { name: 'a', email: 'b', _method: 'DELETE' }, { 'x-http-method-override': 'DELETE' })
    expect([answer.status, answer.location]).toEqual([303, '/forgotten-password/sent'])
  })

  test('that is too large is cut off, whether or not it says so', async () => {
    const huge = `name=alice&password=${'a'.repeat(MEBIBYTE)}`
    const flow = (await stand.open().get('/account')).location
    const before = await everything(world())
    for (const path of [flow, '/self-administration', '/forgotten-password', '/new-password', '/account/security-questions']) {
      for (const chunked of [{}, { 'transfer-encoding': 'chunked' }]) {
        const headers = { 'content-type': FORM, origin: origin(), ...chunked }
        const over = await browser.copy().send({ method: 'POST', path, body: huge.slice(0, LARGEST + 1), headers, address: '127.0.0.1' })
        expect(over.status, path).toBe(413)
        // The socket may be closed before all of it was sent.
        const cut = await browser
          .copy()
          .send({ method: 'POST', path, body: huge, headers, address: '127.0.0.1' })
          .catch((error: NodeJS.ErrnoException) => ({ status: error.code }))
        expect([413, 'ECONNRESET', 'EPIPE'], path).toContain(cut.status)
      }
    }
    expect(await everything(world())).toBe(before)
  })

  test('with a field twice, as a list, as an object, or without it is no form of ours', async () => {
    const flow = (await stand.open().get('/account')).location
    const WANTED: Readonly<Record<string, readonly string[]>> = {
      [flow]: ['name', 'password'],
      [`${flow}/second-factor`]: ['code'],
      [`${flow}/recovery-code`]: ['code'],
      '/self-administration': ['name', 'password'],
      '/self-administration/confirm': ['code'],
      '/self-administration/confirm/questions': ['first', 'second'],
      '/self-administration/confirm/recovery-code': ['code'],
      '/self-administration/password': ['password', 'repeated'],
      '/self-administration/unlock': ['token'],
      [`/self-administration/unlock/${owner.token}`]: ['token', 'code'],
      '/forgotten-password': ['name', 'email'],
      '/new-password': ['password', 'repeated'],
      '/soft-token/register': ['code'],
      '/soft-token/confirm': ['answer'],
      '/account/password': ['password', 'repeated'],
      '/account/tokens/add': ['label'],
      [`/account/tokens/${owner.token}/rename`]: ['label'],
      [`/account/tokens/${owner.token}/synchronise`]: ['first', 'next'],
      '/account/addresses/add': ['email'],
      '/account/language': ['locale'],
      '/account/time-zone': ['timeZone'],
    }
    const known = new Set(forms())
    const before = await everything(world())
    for (const [path, names] of Object.entries(WANTED)) {
      if (!path.startsWith('/sign-in/') && !known.has(path)) continue
      const whole = names.map((name) => [name, 'yes'] as const)
      for (const name of names) {
        const others = whole.filter(([other]) => other !== name)
        const shapes: [string, string][][] = [
          [],
          [
            [name, 'a'],
            [name, 'b'],
          ],
          [[`${name}[]`, 'a']],
          [[`${name}[0]`, 'a']],
          [[`${name}[$ne]`, '']],
          [['__proto__', 'a']],
        ]
        for (const shape of shapes)
          expect((await browser.copy().post(path, [...others, ...shape])).status, `${path}: ${JSON.stringify(shape)}`).toBe(400)
      }
    }
    expect(await everything(world())).toBe(before)
  })

  test('with bytes that no address and no text has is refused without a failure', async () => {
    const odd = [
      '%00',
      'a%00b',
      '%ff%fe',
      '%E0%A4%A',
      '%ED%A0%80',
      '%2e%2e%2fetc',
      'a'.repeat(6_000),
      '%0d%0aset-cookie:x=y',
      "'%20or%201=1--",
    ]
    for (const { method, path } of routesOf(stand).filter(({ method, path }) => path.includes(':') && method !== 'ALL')) {
      for (const value of odd) {
        const real = path.replaceAll(/:\w+/g, value)
        const answer =
          method === 'GET' ? await browser.copy().get(real) : await browser.copy().post(real, { ...FIELDS, code: 'x', token: 'x' })
        expect(answer.status, `${method} ${real.slice(0, 80)}`).toBeLessThan(500)
        expect(answer.headers['set-cookie']?.join() ?? '').not.toContain('x=y')
      }
    }
    const flow = (await stand.open().get('/account')).location
    for (const value of ['\0', 'a\0b', '\ud800', '\u202e', '\r\nx: y', 'é'.normalize('NFD').repeat(100)]) {
      for (const path of [
        flow,
        '/self-administration',
        '/forgotten-password',
        `${flow}/second-factor`,
        '/self-administration/unlock',
        '/account/tokens/add',
        '/account/addresses/add',
        `/self-administration/unlock/${owner.token}`,
      ]) {
        const fields = { name: value, password: value, email: value, code: value, label: value, token: value, first: value, second: value }
        expect((await browser.copy().post(path, fields)).status, `${path} with ${JSON.stringify(value)}`).toBeLessThan(500)
      }
    }
  })
})

onBothEngines('a password is taken whole', (world) => {
  let stand: Stand
  beforeAll(async () => {
    stand = await openStand(world())
  })
  afterAll(() => stand.close())

  async function opens(owner: Owner, password: string): Promise<boolean> {
    const browser = stand.open()
    // A wait after wrong passwords is not what is asked about here.
    world().pass(3_600_000)
    const flow = (await browser.get('/enrolment/all-set')).location
    const answer = await browser.post(flow, { name: owner.name, password })
    return answer.location === '/enrolment/all-set'
  }

  test('NFC and NFD are the same; nothing else is changed; no byte is left out', async () => {
    const owner = await makeOwner(world())
    const long = `${'ä€😀 '.repeat(20)}`
    const CASES: readonly (readonly [string, readonly string[], readonly string[]])[] = [
      [
        'Ångström größer é',
        ['Ångström größer é'.normalize('NFD'), 'Ångström größer é'.normalize('NFC')],
        ['Angstrom grosser e', 'ångström größer é'],
      ],
      [`${long}end of it`, [`${long}end of it`], [long, `${long}end of i`, `${long}end of it `, `${long}END of it`]],
      [
        `${'x'.repeat(90)}-tail one`,
        [],
        [`${'x'.repeat(90)}-tail two`, 'x'.repeat(72), `${'x'.repeat(90)}-tail one\0`, `${'x'.repeat(90)}-tail one\0rest`],
      ],
      [' spaces around it ', [], ['spaces around it', ' spaces around it']],
    ]
    for (const [password, same, different] of CASES) {
      const set = await setPassword(world(), BROWSER, owner.user, password)
      expect(set.outcome, password).toBe('set')
      for (const typed of [password, ...same]) expect(await opens(owner, typed), typed).toBe(true)
      for (const typed of different) expect(await opens(owner, typed), JSON.stringify(typed)).toBe(false)
    }
  })
})
