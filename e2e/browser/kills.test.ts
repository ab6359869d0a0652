import { setTimeout as pause } from 'node:timers/promises'
import type { BrowserContext, Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { terminalToken } from '../interop/terminal-token.ts'
import { type HttpVisitor, Lost, openVisitor, type Visitor } from '../interop/visitor.ts'
import { type Step, UNLOCK, type Walker, walk } from '../interop/walk.ts'
import { countAccepted, findBroken, findLost, readCounters, readNumber } from '../interop/whole.ts'
import { openBrowser, openProfile } from './browser.ts'
import { type House, openHouse } from './house.ts'
import { PASSWORD } from './person.ts'

/** Where the server is killed: once in each of these, whatever it is doing. */
const STRIKES: Readonly<Record<string, readonly Step[]>> = {
  A: ['password set', 'questions', 'recovery codes shown', 'recovery codes saved', 'registration code'],
  B: ['password', 'security code'],
  C: ['challenge', 'recreate', 'registration code'],
  D: ['unlock'],
  F: ['forgotten', 'challenge', 'new password'],
}
const A_ROUND = Object.values(STRIKES).flat().length
const ROUNDS = Math.max(1, Math.ceil(Number(process.env['LATCHKEY_KILLS'] ?? A_ROUND) / A_ROUND))
const LATEST_MS = 60
/** `LATCHKEY_SEED` takes the same course again. */
const SEED = Number(process.env['LATCHKEY_SEED'] ?? Math.floor(Math.random() * 2 ** 31))

/** What is left to be struck, and what was. */
type Strikes = { journey: string; left: Set<string>; draw: () => number; log: string[] }

let house: House
beforeAll(async () => {
  house = await openHouse()
})
afterAll(() => house?.close())

test(
  'whatever is being done when the server is killed, the journey goes on and nothing is half done',
  async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const strikes = openStrikes(SEED + round, Object.entries(STRIKES))
      const walker = struckWalker(openWalker(round === 0 ? 'alice' : `alice-${round}`, openVisitor(), undefined), strikes)
      await told(strikes, () => live(walker, strikes))
      expect([...strikes.left], 'steps that nobody came to').toEqual([])
    }
    const { status, stdout } = await house.run(['audit', 'verify', '--json'])
    expect(JSON.parse(stdout), `ended with ${status}`).toMatchObject({ whole: true })
  },
  300_000 * ROUNDS,
)

test('the same in a real browser, from the invitation to the token', async () => {
  const browser = await openBrowser()
  try {
    const { context, page } = await openProfile(browser, { script: true })
    const eyes = eyesOf(context, page)
    const strikes = openStrikes(SEED, [['A', STRIKES['A'] ?? []]])
    const walker: Walker = openWalker('bob', eyes, (name, act) =>
      strike(walker, strikes, name, act, (draw, acting) => killUnderBrowser(eyes, draw, acting)),
    )
    await told(strikes, () => enrol(walker))
    expect([...strikes.left], 'steps that nobody came to').toEqual([])
  } finally {
    await browser.close()
  }
})

test('what was refused stays counted', async () => {
  const { eyes } = openWalker('bob', openVisitor(), undefined)
  await eyes.open(`${house.login}/sign-in`)
  const password = async (): Promise<void> => {
    await eyes.fill('User name', 'bob')
    await eyes.fill('Password', 'not the password of anybody')
    await eyes.press('Sign in')
  }
  await refusedAndKilled(eyes, password, 'select max(failures) n from password_guards')
  await eyes.fill('User name', 'bob')
  await eyes.fill('Password', PASSWORD)
  await eyes.press('Sign in')
  expect(await eyes.heading()).toBe('Second factor')
  const code = async (): Promise<void> => {
    await eyes.fill('Security code', '000000')
    await eyes.press('Verify')
  }
  await refusedAndKilled(eyes, code, 'select max(failures) n from code_guards')
})

/** Two refusals that were read and one whose answer got lost; then the server dies. */
async function refusedAndKilled(eyes: HttpVisitor, tryWrong: () => Promise<void>, count: string): Promise<void> {
  for (let acknowledged = 1; acknowledged <= 2; acknowledged += 1) {
    await tryWrong()
    expect(await eyes.alert()).toContain('not right')
    expect(readNumber(house.data, count)).toBe(acknowledged)
  }
  eyes.loseAnswer(0)
  await expect(tryWrong()).rejects.toThrow(Lost)
  await house.kill('SIGKILL')
  await house.restart()
  expect(readNumber(house.data, count)).toBe(3)
}

/** Each journey after the other, as one person goes them; where the browser's sessions would be in the way, in another one. */
async function live(walker: Walker & { eyes: HttpVisitor }, strikes: Strikes): Promise<void> {
  const { eyes } = walker
  await enrol(walker)
  strikes.journey = 'B'
  const elsewhere = struckWalker({ ...walker, eyes: openVisitor() }, strikes)
  await elsewhere.eyes.open(house.portal)
  await elsewhere.eyes.follow('Sign in')
  await walk(elsewhere, 'Dashboard')
  await elsewhere.eyes.open(`${house.login}/account`)
  await walk(elsewhere, 'My account')
  strikes.journey = 'C'
  walker.errand = 'recreate'
  await eyes.open(`${house.login}/self-administration`)
  await walk(walker, 'Your soft token is active')
  await eyes.press('OK')
  strikes.journey = 'D'
  walker.errand = 'unlock'
  await walk(walker, UNLOCK)
  await walker.token.unlock(await eyes.code('Unlock code'))
  const next = { ...walker, eyes: openVisitor() }
  await next.eyes.open(`${house.login}/account`)
  await walk(next, 'My account')
  strikes.journey = 'F'
  const forgetful = struckWalker({ ...walker, errand: undefined, eyes: openVisitor() }, strikes)
  await forgetful.eyes.open(`${house.login}/forgotten-password`)
  await walk(forgetful, 'Second factor')
  expect(forgetful.password).not.toBe(PASSWORD)
}

async function enrol(walker: Walker): Promise<void> {
  const { name, eyes } = walker
  const { enrolmentLink } = await house.json(['user', 'add', name, '--email', `${name}@example.test`])
  await eyes.open(String(enrolmentLink))
  await walk(walker, "You're all set")
}

function openStrikes(seed: number, journeys: readonly (readonly [string, readonly Step[]])[]): Strikes {
  const left = new Set(journeys.flatMap(([journey, steps]) => steps.map((step) => `${journey}: ${step}`)))
  return { journey: 'A', left, draw: drawFrom(seed), log: [`seed ${seed}`] }
}

/** Numbers from 0 to 1 that a seed determines (mulberry32). */
function drawFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** What was done is told where it fails, so that it can be done again. */
async function told(strikes: Strikes, journey: () => Promise<void>): Promise<void> {
  try {
    await journey()
  } catch (error) {
    throw new Error(`${strikes.log.join('; ')}: ${error instanceof Error ? error.message : error}`, { cause: error })
  } finally {
    console.log(strikes.log.join('; '))
  }
}

/** Does the step, and kills the server in it, the first time that this journey comes here. */
async function strike(walker: Walker, strikes: Strikes, name: Step, act: () => Promise<void>, kill: Kill): Promise<void> {
  if (!strikes.left.delete(`${strikes.journey}: ${name}`)) return act()
  const before = readCounters(house.data)
  strikes.log.push(`${strikes.journey}: ${name} ${await kill(strikes.draw, act)}`)
  expect(findBroken(house.data), strikes.log.at(-1)).toEqual([])
  expect(findLost(house.data, before), strikes.log.at(-1)).toEqual([])
  expect(countAccepted(house.data, walker.name), strikes.log.at(-1)).toBeLessThanOrEqual(walker.token.shown())
}

type Kill = (draw: () => number, act: () => Promise<void>) => Promise<string>

function struckWalker<T extends HttpVisitor>(walker: Walker & { eyes: T }, strikes: Strikes): Walker & { eyes: T } {
  const { eyes } = walker
  const struck: Walker & { eyes: T } = {
    ...walker,
    step: (name, act) => strike(struck, strikes, name, act, (draw, acting) => killOverHttp(eyes, draw, acting)),
  }
  return struck
}

async function killOverHttp(eyes: HttpVisitor, draw: () => number, act: () => Promise<void>): Promise<string> {
  const way = draw()
  if (way < 0.2) return killAfter(act)
  if (way < 0.6) return killBeforeAnswer(eyes, act, Math.floor(draw() ** 2 * 5))
  const delay = way < 0.7 ? 0 : Math.floor(draw() * LATEST_MS)
  const acting = act().then(() => true, isLost)
  await pause(delay)
  await house.kill('SIGKILL')
  const answered = await acting
  await house.restart()
  if (!answered) await eyes.again()
  return `after ${delay} ms, ${answered ? 'answered' : 'unanswered'}`
}

/** Between two steps: the answer was seen, and the person goes on from that page. */
async function killAfter(act: () => Promise<void>): Promise<string> {
  await act()
  await house.kill('SIGKILL')
  await house.restart()
  return 'answered'
}

/** Everything is done, and the answer to the step's request, or to one that it leads to, does not arrive. */
async function killBeforeAnswer(eyes: HttpVisitor, act: () => Promise<void>, hop: number): Promise<string> {
  eyes.loseAnswer(hop)
  const answered = await act().then(() => true, isLost)
  await house.kill('SIGKILL')
  await house.restart()
  if (!answered) await eyes.again()
  return `answer ${hop} ${answered ? 'was the last' : 'lost'}`
}

function isLost(error: unknown): false {
  if (error instanceof Lost) return false
  throw error
}

function openWalker<T extends Visitor>(name: string, eyes: T, step: Walker['step'] | undefined): Walker & { eyes: T } {
  return {
    house,
    eyes,
    token: terminalToken(house, name),
    name,
    password: PASSWORD,
    errand: undefined,
    hoped: undefined,
    questions: new Map(),
    seen: undefined,
    activations: new Map(),
    links: new Set(),
    step: step ?? ((_name, act) => act()),
  }
}

/** A tab of Chromium; `again` is a new tab of the same profile, at the address of the page that was seen last. */
function eyesOf(profile: BrowserContext, first: Page): Visitor {
  let page = first
  let where = first.url()
  const moved = async (act: () => Promise<unknown>): Promise<void> => {
    const away = page.waitForEvent('framenavigated')
    await act()
    await away
    await page.waitForLoadState()
  }
  return {
    open: async (url) => void (await page.goto(url)),
    again: async () => {
      const tab = await profile.newPage()
      await tab.goto(where)
      await page.close()
      page = tab
    },
    heading: async () => {
      const text = await page.getByRole('heading', { level: 1 }).first().textContent()
      where = page.url()
      return (text ?? '').trim()
    },
    alert: async () => (await page.getByRole('alert').allTextContents()).join(' ').trim(),
    code: async (group) =>
      (await page.getByRole('group', { name: group, exact: true }).allTextContents()).join('').replaceAll(/[\s-]/g, ''),
    fields: () => page.locator('label').allTextContents(),
    fill: (label, text) => page.getByLabel(label, { exact: true }).fill(text),
    choose: async (label, nth) => {
      const text = (await page.getByLabel(label, { exact: true }).locator('option').nth(nth).textContent()) ?? ''
      await page.getByLabel(label, { exact: true }).selectOption({ label: text })
      return text
    },
    tick: (label) => page.getByLabel(label, { exact: true }).check(),
    press: (button) => moved(() => page.getByRole('button', { name: button, exact: true }).click()),
    follow: (link) => moved(() => page.getByRole('link', { name: link, exact: true }).click()),
  }
}

/** What becomes of the old tab is nobody's business: it is closed. */
async function killUnderBrowser(eyes: Visitor, draw: () => number, act: () => Promise<void>): Promise<string> {
  const delay = Math.floor(draw() * LATEST_MS)
  act().catch(() => undefined)
  await pause(delay)
  await house.kill('SIGKILL')
  await house.restart()
  await eyes.again()
  return `after ${delay} ms`
}
