import { afterAll, beforeAll, expect, test } from 'vitest'
import { disableToken } from '../../src/tokens/disable-token.ts'
import { suspendUser } from '../../src/users/suspend-user.ts'
import { type Device, wrongCode } from '../device.ts'
import { BROWSER, onBothEngines } from '../world.ts'
import { rankSumScore } from './rank-sum.ts'
import { makeOwner, openStand, type Stand } from './stand.ts'

/** `LATCHKEY_PAIRS=1000` for the whole of it. */
const PAIRS = Number(process.env['LATCHKEY_PAIRS'] ?? '60')
/** One in about thirty thousand runs goes beyond this where there is no difference. */
const FURTHEST = 4
const HOUR = 3_600_000

test('the score tells a difference of a tenth from none', () => {
  const times = Array.from({ length: 60 }, (_, n) => 20 + ((n * 7) % 60) / 10)
  expect(Math.abs(rankSumScore(times, [...times].reverse()))).toBeLessThan(0.1)
  expect(
    rankSumScore(
      times.map((time) => time * 1.2),
      times,
    ),
  ).toBeGreaterThan(FURTHEST)
})

onBothEngines('the time of an answer tells nothing', (world) => {
  let stand: Stand
  let known: string
  let suspended: string
  let tokenless: string
  let passwords: Record<string, string>
  let device: Device
  beforeAll(async () => {
    stand = await openStand(world())
    const [first, second, third] = [await makeOwner(world()), await makeOwner(world()), await makeOwner(world())]
    await suspendUser(world(), BROWSER, second.user)
    await disableToken(world(), BROWSER, third.user, third.token)
    ;[known, suspended, tokenless] = [first.name, second.name, third.name]
    device = first.device
    passwords = { [known]: first.password, [tokenless]: third.password }
  })
  afterAll(() => stand.close())

  /** Milliseconds, for each of two, in turns, either of them first. */
  async function race(ask: (name: string) => Promise<number>, one: string, other: string): Promise<number> {
    const times: Record<string, number[]> = { [one]: [], [other]: [] }
    for (let pair = -2; pair < PAIRS; pair += 1) {
      for (const name of pair % 2 === 0 ? [one, other] : [other, one]) {
        // What waits is not judged: no try is to meet a wait.
        world().pass(HOUR)
        const time = await ask(name)
        if (pair >= 0) times[name]?.push(time)
      }
    }
    return rankSumScore(times[one] ?? [], times[other] ?? [])
  }

  async function signIn(name: string): Promise<number> {
    const browser = stand.open()
    const flow = (await browser.get('/sign-in')).location
    const begun = performance.now()
    const answer = await browser.post(flow, { name, password: 'wrong, whoever it is' })
    expect(answer.status).toBe(303)
    return performance.now() - begun
  }

  async function administer(name: string): Promise<number> {
    const browser = stand.open()
    const begun = performance.now()
    await browser.post('/self-administration', { name, password: 'wrong, whoever it is' })
    return performance.now() - begun
  }

  /** Each wrong code is a first one: nobody waits, and after a hundred nothing is suspended. */
  async function forgetWrongCodes(): Promise<void> {
    const none = { failures: 0, not_before: 0, counted_from: world().now() }
    await world().db.transaction((tx) => tx.updateTable('code_guards').set(none).execute())
  }

  async function secondFactor(name: string): Promise<number> {
    await forgetWrongCodes()
    const browser = stand.open()
    const flow = (await browser.get('/account')).location
    await browser.post(flow, { name, password: passwords[name] ?? 'wrong, whoever it is' })
    const code = wrongCode(device, world().now())
    const begun = performance.now()
    const answer = await browser.post(`${flow}/second-factor`, { code })
    const took = performance.now() - begun
    expect([answer.status, browser.cookie('sign-in')]).toEqual([303, undefined])
    return took
  }

  async function forget(name: string): Promise<number> {
    const browser = stand.open()
    const begun = performance.now()
    await browser.post('/forgotten-password', { name, email: `${name}@example.test` })
    return performance.now() - begun
  }

  test('of a sign-in: known and unknown', async () => {
    expect(Math.abs(await race(signIn, known, 'unknown'))).toBeLessThan(FURTHEST)
  })
  test('of a sign-in: suspended and unknown', async () => {
    expect(Math.abs(await race(signIn, suspended, 'unknown'))).toBeLessThan(FURTHEST)
  })
  test('of self-administration', async () => {
    expect(Math.abs(await race(administer, known, 'unknown'))).toBeLessThan(FURTHEST)
  })
  test('of a code behind a right password: with a token in use and without', async () => {
    expect(Math.abs(await race(secondFactor, known, tokenless))).toBeLessThan(FURTHEST)
  })
  test('of a code behind a wrong password: suspended and unknown', async () => {
    expect(Math.abs(await race(secondFactor, suspended, 'unknown'))).toBeLessThan(FURTHEST)
  })
  test('of a forgotten password', async () => {
    expect(Math.abs(await race(forget, known, 'unknown'))).toBeLessThan(FURTHEST)
  })
})
