import { expect, test } from 'vitest'
import { enter, leave, MOST_A_MINUTE, MOST_AT_ONCE, type Uses } from './rules.ts'

test('so many requests of a key at once, and no more until one is answered', () => {
  const uses: Uses = new Map()
  for (let number = 0; number < MOST_AT_ONCE; number += 1) expect(enter(uses, 'one', 0)).toBe(true)
  expect(enter(uses, 'one', 0)).toBe(false)
  expect(enter(uses, 'other', 0)).toBe(true)
  leave(uses, 'one')
  expect(enter(uses, 'one', 0)).toBe(true)
})

test('so many requests of a key in a minute, and no more until the next', () => {
  const uses: Uses = new Map()
  for (let number = 0; number < MOST_A_MINUTE; number += 1) {
    if (!enter(uses, 'one', 59_999)) throw new Error(`refused after ${number}`)
    leave(uses, 'one')
  }
  expect(enter(uses, 'one', 59_999)).toBe(false)
  expect(enter(uses, 'one', 60_000)).toBe(true)
})

test('keys that are not in use are forgotten, those in use are not', () => {
  const uses: Uses = new Map()
  enter(uses, 'in use', 0)
  for (let number = 0; number < 5_000; number += 1) {
    enter(uses, `key ${number}`, 0)
    leave(uses, `key ${number}`)
  }
  expect(uses.size).toBeLessThanOrEqual(1_001)
  expect(uses.get('in use')?.atOnce).toBe(1)
})
