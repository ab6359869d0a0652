import type { Browser, BrowserContext, Cookie, Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser, openProfile } from './browser.ts'
import { type House, openHouse } from './house.ts'
import { enrol, see, signIn } from './person.ts'
import { DOMAIN, openTlsFront, passOn, type TlsFront, TO_THE_FRONT } from './tls-front.ts'

// A sibling of our hosts, which somebody else has, plants cookies for the whole domain in the browsers of those who visit it.
let front: TlsFront
let house: House
let browser: Browser
let plainPortal: URL
let planted: readonly string[] = []

beforeAll(async () => {
  front = await openTlsFront()
  const urls = { login: front.urlOf('login'), token: front.urlOf('token'), portal: front.urlOf('portal') }
  const plain = await openHouse({ LATCHKEY_LOGIN_URL: urls.login, LATCHKEY_TOKEN_URL: urls.token, LATCHKEY_PORTAL_URL: urls.portal })
  for (const host of ['login', 'token', 'portal'] as const) front.give(host, new URL(plain[host]))
  front.give('sibling', (_, answer) =>
    answer.writeHead(200, { 'content-type': 'text/html', 'set-cookie': [...planted] }).end('<h1>Free cookies</h1>'),
  )
  plainPortal = new URL(plain.portal)
  house = { ...plain, ...urls }
  browser = await openBrowser(TO_THE_FRONT)
  for (const name of ['alice', 'mallory']) {
    const { context, page } = await openProfile(browser, { script: true })
    await enrol(house, page, name, name)
    await context.close()
  }
}, 120_000)

afterAll(async () => {
  await browser?.close()
  await house?.close()
  front?.close()
})

/** A browser in which somebody is signed in with the password, at the portal and so at the login. */
async function openSignedIn(name: string): Promise<{ context: BrowserContext; page: Page }> {
  const profile = await openProfile(browser, { script: true })
  await profile.page.goto(`${house.portal}/sign-in`)
  await signIn(profile.page, name)
  await see(profile.page, 'Dashboard')
  return profile
}

const PATHS = ['/', '/account', '/dashboard', '/callback', '/oidc', '/sign-in', '/self-administration']
const bareOf = (name: string): string => name.replace(/^__(?:Host|Secure)-/, '')

/** Each cookie under its name, and under the names that its prefix keeps from siblings, for the whole domain: where it was, and where it would come first. */
function forTheDomain(cookies: readonly Cookie[]): string[] {
  return cookies.flatMap(({ name, value, path: where }) =>
    [name, bareOf(name), `__Secure-${bareOf(name)}`].flatMap((as) =>
      [where, ...PATHS].map((path) => `${as}=${value}; Domain=${DOMAIN}; Path=${path}; Secure; HttpOnly; SameSite=Lax`),
    ),
  )
}

async function visitSibling(page: Page, cookies: readonly string[]): Promise<void> {
  planted = cookies
  await page.goto(front.urlOf('sibling'))
  await page.getByRole('heading', { name: 'Free cookies' }).waitFor()
}

/** Who is signed in at the portal; undefined where it asks for a sign-in. */
async function whoIsIn(page: Page): Promise<string | undefined> {
  await page.goto(`${house.portal}/dashboard`)
  const shown = (await page.locator('body').textContent()) ?? ''
  return (await page.getByRole('heading', { name: 'Dashboard', level: 1 }).count()) === 0
    ? undefined
    : ['alice', 'mallory'].find((name) => shown.includes(name))
}

test('with cookies that a sibling planted nobody is somebody else', async () => {
  const mallory = await openSignedIn('mallory')
  const hers = await mallory.context.cookies([house.login, house.portal])
  const alice = await openSignedIn('alice')
  const stranger = await openProfile(browser, { script: true })
  for (const { page } of [alice, stranger]) await visitSibling(page, forTheDomain(hers))

  // The browser kept them for both hosts, but for the names that it lets no sibling plant.
  const kept = (await stranger.context.cookies([house.login, house.portal])).map(({ name }) => name)
  expect(kept).toEqual(expect.arrayContaining(hers.map(({ name }) => bareOf(name))))
  expect(kept.filter((name) => name.startsWith('__Host-'))).toEqual([])

  expect(await whoIsIn(stranger.page)).toBeUndefined()
  await see(stranger.page, 'Sign in')
  await stranger.page.goto(`${house.login}/account`)
  await see(stranger.page, 'Sign in')
  expect(await whoIsIn(alice.page)).toBe('alice')
  expect(await whoIsIn(mallory.page)).toBe('mallory')
})

test('nobody ends up in the sign-in of another person, or gives theirs away', async () => {
  const [mallory, alice] = [await openProfile(browser, { script: true }), await openProfile(browser, { script: true })]
  let begun = ''
  mallory.page.on('response', (response) => {
    const leadsTo = response.headers()['location'] ?? ''
    if (leadsTo.includes('/oidc/interaction/') && begun === '') begun = new URL(leadsTo, house.login).href
  })
  await mallory.page.goto(`${house.portal}/sign-in`)
  await see(mallory.page, 'Sign in')
  // What binds the sign-in that Mallory began to a browser, so that Alice goes on with it.
  const binding = (await mallory.context.cookies([begun])).filter(({ name }) => name.includes('interaction'))
  expect(binding).not.toEqual([])
  await visitSibling(alice.page, forTheDomain(binding))
  await alice.page.goto(begun)
  await signIn(alice.page, 'alice')
  // Alice has proved who she is, and her browser cannot go on; Mallory's tries to.
  await see(alice.page, 'That sign-in cannot be answered')
  await mallory.page.goto(begun.replace('/interaction/', '/authorize/'))
  await see(mallory.page, 'Sign in')
  expect(await whoIsIn(mallory.page)).toBeUndefined()
  expect(await whoIsIn(alice.page)).not.toBe('mallory')
})

test('nobody is signed in at the portal as the one who began there and handed over the end', async () => {
  const [mallory, stranger] = [await openProfile(browser, { script: true }), await openProfile(browser, { script: true })]
  const callback = Promise.withResolvers<string>()
  front.give('portal', (asked, answer) => {
    if (asked.url?.startsWith('/callback') !== true) return passOn(plainPortal, asked, answer)
    callback.resolve(`${house.portal}${asked.url}`)
    answer.end('kept')
  })
  await mallory.page.goto(`${house.portal}/sign-in`)
  await signIn(mallory.page, 'mallory')
  const end = await callback.promise
  front.give('portal', plainPortal)
  await visitSibling(stranger.page, forTheDomain(await mallory.context.cookies([house.portal, end])))
  await stranger.page.goto(end)
  expect(await whoIsIn(stranger.page)).toBeUndefined()
})
