import { expect, test } from 'vitest'
import { type Counts, consequenceOf, labelOf, readSecurityCode, waitAfter } from './rules.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const counts = (some: Partial<Counts>): Counts => ({ bare: false, failures: 1, doorFailures: 0, inBudget: 1, ...some })
const atDoor = (some: Partial<Counts>): Counts => counts({ bare: true, failures: 0, doorFailures: 1, ...some })

test('the fifth wrong code in a row costs 30 s, each further one twice as much, an hour at most', () => {
  expect([0, 1, 4, 5, 6, 7, 11, 12, 13, 1_000].map(waitAfter)).toEqual([0, 0, 0, 30_000, MINUTE, 2 * MINUTE, 32 * MINUTE, HOUR, HOUR, HOUR])
})

test('from the twentieth wrong code in 30 days on the owner is told, and each further one costs an hour', () => {
  expect(consequenceOf(counts({ inBudget: 19 }))).toMatchObject({ warn: false, waitMs: 0 })
  expect(consequenceOf(counts({ inBudget: 20 }))).toMatchObject({ warn: true, waitMs: HOUR })
  expect(consequenceOf(atDoor({ inBudget: 19 }))).toMatchObject({ warn: false, waitMs: 0 })
  expect(consequenceOf(atDoor({ inBudget: 20 }))).toMatchObject({ warn: true, waitMs: HOUR })
})

test('the fortieth suspends, or shuts the bare doors', () => {
  expect(consequenceOf(counts({ inBudget: 39 }))).toMatchObject({ suspend: false, shutDoors: false })
  expect(consequenceOf(counts({ inBudget: 40 }))).toMatchObject({ suspend: true, shutDoors: false })
  expect(consequenceOf(atDoor({ inBudget: 39 }))).toMatchObject({ suspend: false, shutDoors: false })
  expect(consequenceOf(atDoor({ inBudget: 40 }))).toMatchObject({ suspend: false, shutDoors: true })
})

test('a stranger at a bare door makes that shut, never more, however slowly', () => {
  expect(consequenceOf(atDoor({ doorFailures: 59 }))).toMatchObject({ shutDoors: false, suspend: false })
  expect(consequenceOf(atDoor({ doorFailures: 60 }))).toMatchObject({ shutDoors: true, suspend: false })
})

test('a hundred in a row suspend, whatever the door', () => {
  expect(consequenceOf(counts({ failures: 99 }))).toMatchObject({ suspend: false })
  expect(consequenceOf(counts({ failures: 100 }))).toMatchObject({ suspend: true })
  expect(consequenceOf(counts({ failures: 41, doorFailures: 58 }))).toMatchObject({ suspend: false })
  expect(consequenceOf(counts({ failures: 41, doorFailures: 59 }))).toMatchObject({ suspend: true })
  expect(consequenceOf(atDoor({ failures: 41, doorFailures: 59 }))).toMatchObject({ suspend: true })
})

test('waits follow the kind of door that the code came by', () => {
  expect(consequenceOf(counts({ failures: 4, doorFailures: 30 })).waitMs).toBe(0)
  expect(consequenceOf(atDoor({ failures: 30, doorFailures: 4 })).waitMs).toBe(0)
  expect(consequenceOf(counts({ failures: 5, doorFailures: 0 })).waitMs).toBe(30_000)
  expect(consequenceOf(atDoor({ failures: 0, doorFailures: 5 })).waitMs).toBe(30_000)
})

test('a security code is 6 or 8 ASCII digits, as typed or as shown', () => {
  for (const typed of ['000000', '051246', '051 246', ' 051246 ', '  051 246']) expect(readSecurityCode(typed)).toMatch(/^\d{6}$/)
  for (const typed of ['12345678', '1234 5678']) expect(readSecurityCode(typed)).toBe('12345678')
})

test.each([
  '',
  '12345',
  '1234567',
  '123456789',
  '1e5',
  '1e5000',
  '+12345',
  '-12345',
  '0x1234',
  '12.456',
  '12 3456',
  '1 2 3 4 5 6',
  '123  456',
  '１２３４５６',
  '٠١٢٣٤٥',
  '123\u200b456',
  '123456\n',
  '\t123456',
  '123456\u0000',
  'null',
  ' '.repeat(1_000_000),
  '0'.repeat(1_000_000),
])('%j is no security code', (typed) => {
  expect(readSecurityCode(typed)).toBeUndefined()
})

test('a label is one line that can be read', () => {
  expect(labelOf('  Work ')).toBe('Work')
  expect(labelOf('é')).toBe('é')
  expect(labelOf('x'.repeat(40))).toHaveLength(40)
  for (const typed of ['', '   ', 'x'.repeat(41), 'a\nb', 'a\u0000b', '\u202eabc', '\u001b[31m', 'a\u2028b'])
    expect(labelOf(typed)).toBeUndefined()
})
