import { readFileSync } from 'node:fs'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { findChromium } from '../../../../../e2e/chromium.ts'
import { type Gallery, openGallery } from '../../../test/gallery-site.ts'
import { renderPage } from './page.ts'

let browser: Browser
let site: Gallery
let context: BrowserContext
let page: Page

beforeAll(async () => {
  site = await openGallery()
  const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-sync']
  browser = await chromium.launch({ executablePath: findChromium() ?? 'chromium', args })
})
afterAll(async () => {
  await browser?.close()
  await site?.close()
})
beforeEach(async () => {
  context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] })
  page = await context.newPage()
  page.on('console', (line) => expect.soft(line.text()).toBe(''))
  page.on('pageerror', (error) => expect.soft(error.message).toBe(''))
})
afterEach(() => context.close())

const open = (path: string) => page.goto(`${site.url}/${path}`)
const copied = () => page.evaluate(() => navigator.clipboard.readText())

test('Copy copies the code and says so without moving anything', async () => {
  await open('identity')
  const places = () =>
    page.evaluate(() =>
      Array.from(document.querySelectorAll('.label, .code, .button'), (element) => JSON.stringify(element.getBoundingClientRect())),
    )
  const before = await places()
  await page.getByRole('button', { name: 'Copy' }).last().click()
  await page.getByRole('button', { name: 'Copied' }).waitFor()
  expect(await places()).toEqual(before)
  expect(await page.getByRole('status').textContent()).toBe('Copied')
  expect(await copied()).toBe('08JS-0VHX-VF3B-D38Y-V65R')
})

test('ten codes are copied and saved one a line, and printed without the buttons', async () => {
  await open('recovery-codes')
  await page.getByRole('button', { name: 'Copy' }).click()
  await page.getByRole('button', { name: 'Copied' }).waitFor()
  const lines = (await copied()).split('\n')
  expect(lines).toHaveLength(10)
  expect(lines[9]).toBe('A8JS-0VHX-VF3B-D38Y')
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download' }).click()])
  expect(download.suggestedFilename()).toBe('latchkey-recovery-codes.txt')
  expect(readFileSync(await download.path(), 'utf8')).toBe(`Recovery codes of alice for Latchkey, each good once\n\n${lines.join('\n')}\n`)
  await page.emulateMedia({ media: 'print' })
  expect(await page.getByRole('button').count()).toBe(0)
  expect(await page.getByText('A8JS').isVisible()).toBe(true)
})

test('a password can be shown, and is hidden again when it is sent', async () => {
  await open('sign-in')
  const field = page.getByRole('textbox', { name: 'Password' })
  await field.fill('correct horse')
  await page.getByRole('button', { name: 'Show' }).click()
  expect(await field.getAttribute('type')).toBe('text')
  await page.route('**/sign-in', (route) => (route.request().method() === 'POST' ? route.abort('aborted') : route.continue()))
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('button', { name: 'Checking…' }).waitFor()
  expect(await field.getAttribute('type')).toBe('password')
})

test('a form that is sent twice arrives once, with the value of the button', async () => {
  await open('sign-in')
  const posts: string[] = []
  await page.route('**/sign-in', (route) => {
    posts.push(route.request().postData() ?? '')
    return route.fulfill({ contentType: 'text/html', body: '<title>answered</title>' })
  })
  await page.getByRole('textbox', { name: 'Password' }).fill('x')
  const seen = await page.evaluate(() => {
    const button = document.querySelector<HTMLButtonElement>('.button-primary')
    const prevented: boolean[] = []
    addEventListener('submit', (event) => prevented.push(event.defaultPrevented))
    button?.setAttribute('name', 'step')
    const before = button?.offsetWidth
    for (let press = 0; press < 3; press += 1) button?.click()
    return { prevented, text: button?.textContent, moved: before !== button?.offsetWidth, busy: button?.ariaDisabled }
  })
  expect(seen).toEqual({ prevented: [false, true, true], text: 'Checking…', moved: false, busy: 'true' })
  await page.waitForFunction(() => document.title === 'answered')
  expect(posts).toEqual(['user=alice&password=x&step='])
})

test.each([
  ['48nnjjbm', '48nn-jjbm', 9],
  ['48nn jjbm48', '48nn-jjbm-48', 12],
  ['48NN-JJBM-48NN-JJBM', '48NN-JJBM-48NN-JJBM', 19],
  ['48NNJJBM48NNJJBMX', '48NN-JJBM-48NN-JJBM-X', 21],
  ['48NN_', '48NN_', 5],
  ['４８NNJ', '４８NNJ', 5],
])('%s becomes %s while it is typed: only separators come and go', async (typed, shown, caret) => {
  await open('register')
  const field = page.getByRole('textbox', { name: 'Registration code' })
  await field.pressSequentially(typed)
  expect(await field.inputValue()).toBe(shown)
  expect(await field.evaluate((input: HTMLInputElement) => input.selectionStart)).toBe(caret)
})

test('a symbol typed in the middle of a code leaves the caret behind it', async () => {
  await open('register')
  const field = page.getByRole('textbox', { name: 'Registration code' })
  await field.pressSequentially('48NJJBM')
  await field.evaluate((input: HTMLInputElement) => input.setSelectionRange(3, 3))
  await page.keyboard.type('N')
  expect(await field.inputValue()).toBe('48NN-JJBM')
  await page.keyboard.type('7')
  expect(await field.inputValue()).toBe('48NN-7JJB-M')
  expect(await field.evaluate((input: HTMLInputElement) => input.selectionStart)).toBe(6)
})

test('the time that is left is counted by how long the page is open, whatever the clock says', async () => {
  await page.clock.install({ time: new Date('2001-01-01T00:00:00Z') })
  await open('identity')
  const left = page.getByRole('timer')
  expect(await left.textContent()).toBe('Good for 9:42.')
  await page.clock.runFor(42_000)
  expect(await left.textContent()).toBe('Good for 9:00.')
  await page.clock.runFor(540_000)
  expect(await left.textContent()).toBe('These codes are no longer good.')
})

test('codes that are shown once are not left by accident, but by their form', async () => {
  await open('recovery-codes')
  const asked: string[] = []
  page.on('dialog', (dialog) => {
    asked.push(dialog.type())
    void dialog.accept()
  })
  await page.getByRole('checkbox').check()
  await page.route('**/codes', (route) => route.fulfill({ contentType: 'text/html', body: '<title>kept</title>' }))
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.waitForFunction(() => document.title === 'kept')
  expect(asked).toEqual([])
  await open('recovery-codes')
  await page.getByRole('checkbox').check()
  await open('sign-in')
  expect(asked).toEqual(['beforeunload'])
})

async function openWaiting(answers: readonly (() => { status: number; body: string })[]): Promise<() => number> {
  let asked = 0
  const markup = await renderPage({ lang: 'en', site: 'Latchkey', skip: 'Skip', title: 'Waiting', body: 'Waiting', poll: '/moved' })
  await page.route('**/waiting', (route) => route.fulfill({ contentType: 'text/html', body: String(markup) }))
  await page.route('**/moved', (route) => {
    const answer = answers[Math.min(asked, answers.length - 1)]
    asked += 1
    return route.fulfill({ contentType: 'application/json', ...answer?.() })
  })
  await page.clock.install()
  await open('waiting')
  return () => asked
}

/** Lets the page's time pass until it asks again; the time that passed, in ms. The next wait begins once the answer has been read. */
async function passUntilAsked(asked: () => number): Promise<number> {
  const before = asked()
  let passed = 0
  await expect
    .poll(
      async () => {
        await page.clock.runFor(100)
        passed += 100
        return asked()
      },
      { interval: 5, timeout: 20_000 },
    )
    .toBeGreaterThan(before)
  return passed
}

test('a waiting page moves on when the server says so', async () => {
  const asked = await openWaiting([() => ({ status: 200, body: '{}' }), () => ({ status: 200, body: '{"go":"/sign-in"}' })])
  await passUntilAsked(asked)
  expect(new URL(page.url()).pathname).toBe('/waiting')
  await passUntilAsked(asked)
  await page.waitForURL('**/sign-in')
})

test.each(['//evil.test/', '/\\evil.test/', 'https://evil.test/', 'javascript:alert(1)'])('a waiting page never goes to %s', async (go) => {
  const asked = await openWaiting([() => ({ status: 200, body: JSON.stringify({ go }) })])
  await passUntilAsked(asked)
  await passUntilAsked(asked)
  expect(new URL(page.url()).pathname).toBe('/waiting')
})

test('a waiting page asks less often while there is no answer', async () => {
  page.removeAllListeners('console')
  const asked = await openWaiting([() => ({ status: 503, body: '{}' })])
  await passUntilAsked(asked)
  await passUntilAsked(asked)
  expect(await passUntilAsked(asked)).toBeGreaterThan(3000)
})
