import { expect, test } from 'vitest'
import type { SignInState } from '../db/columns.ts'
import { advance, type SignInEvent } from './flow.ts'

const right = (enrolled: boolean, wantsSecondFactor: boolean): SignInEvent => ({ type: 'password-right', enrolled, wantsSecondFactor })
const EVENTS: readonly SignInEvent[] = [
  right(true, false),
  right(true, true),
  right(false, false),
  right(false, true),
  { type: 'second-factor-right' },
  { type: 'first-step-over' },
]
const TABLE: Readonly<Record<SignInState, readonly string[]>> = {
  password: ['done', 'second-factor', 'enrolment', 'enrolment', 'out-of-order', 'out-of-order'],
  'second-factor': ['out-of-order', 'out-of-order', 'out-of-order', 'out-of-order', 'done', 'password'],
  enrolment: ['out-of-order', 'out-of-order', 'out-of-order', 'out-of-order', 'out-of-order', 'out-of-order'],
  done: ['out-of-order', 'out-of-order', 'out-of-order', 'out-of-order', 'out-of-order', 'out-of-order'],
}

test.each(Object.entries(TABLE))('from %s', (state, expected) => {
  expect(EVENTS.map((event) => advance(state as SignInState, event))).toEqual(expected)
})
