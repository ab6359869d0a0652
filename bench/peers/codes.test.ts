import { securityCode, stepAt } from '@latchkey/protocol/otp/totp'
import { expect, test } from 'vitest'
import { type Clock, Codes, keyOf } from './codes.ts'

const PEOPLE = 1_000
const FAR = 7
const STEP = 30_000

/** Stands still, but for whoever waits. */
function clockAt(at: number): Clock {
  let now = at
  const sleep = async (ms: number): Promise<void> => {
    now += ms
  }
  return { now: () => now, sleep }
}

test('right codes are those of the token, each of another person', async () => {
  const codes = await new Codes(PEOPLE, 'sha256', clockAt(100 * STEP)).take('right', PEOPLE)
  expect(new Set(codes.map(({ name }) => name)).size).toBe(PEOPLE)
  for (const { name, code } of codes) {
    const key = keyOf(Number(name.slice('person-'.length)))
    expect(securityCode(key, 100, 6)).toBe(code)
  }
})

test('whoever has no code left in a step gets the next step’s, never the same twice', async () => {
  const clock = clockAt(100 * STEP)
  const codes = new Codes(2, 'sha256', clock)
  const first = await codes.take('right', 2)
  expect(stepAt(clock.now())).toBe(100)
  const second = await codes.take('right', 2)
  expect(stepAt(clock.now())).toBe(101)
  for (const { name, code } of second) expect(first.find((one) => one.name === name)?.code).not.toBe(code)
})

test('a run that would reach into the next step waits for it', async () => {
  const clock = clockAt(101 * STEP - 1_000)
  await new Codes(2, 'sha256', clock).take('right', 2)
  expect(stepAt(clock.now())).toBe(101)
})

test('wrong codes are wrong in every step that a server could look at', async () => {
  const codes = await new Codes(PEOPLE, 'sha256', clockAt(100 * STEP)).take('wrong', PEOPLE)
  for (const { name, code } of codes) {
    const key = keyOf(Number(name.slice('person-'.length)))
    for (let at = 100 - FAR; at <= 100 + FAR; at += 1) expect(securityCode(key, at, 6)).not.toBe(code)
  }
})
