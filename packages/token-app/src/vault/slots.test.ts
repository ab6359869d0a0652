import type { Copy } from '@latchkey/soft-token/platform'
import { expect, test } from 'vitest'
import {
  codeOf,
  copiesIn,
  FILE_BYTES,
  headerOf,
  layoutOf,
  NOTHING,
  pageWith,
  type Roles,
  remainsIn,
  STATE_AT,
  type State,
  slotAt,
} from './slots.ts'

const A = Uint8Array.of(1, 2, 3)
const B = Uint8Array.of(9, 8, 7, 6)

/** Every state of a file, and the copies that it stands for. */
const STATES: readonly (readonly [State, Copy[]])[] = [
  [NOTHING, []],
  [{ A: 'staged', B: 'empty' }, [{ role: 'staged', bytes: A }]],
  [{ A: 'empty', B: 'staged' }, [{ role: 'staged', bytes: B }]],
  [{ A: 'current', B: 'empty' }, [{ role: 'current', bytes: A }]],
  [{ A: 'empty', B: 'current' }, [{ role: 'current', bytes: B }]],
  [
    { A: 'current', B: 'staged' },
    [
      { role: 'current', bytes: A },
      { role: 'staged', bytes: B },
    ],
  ],
  [
    { A: 'staged', B: 'current' },
    [
      { role: 'staged', bytes: A },
      { role: 'current', bytes: B },
    ],
  ],
  [
    { A: 'current', B: 'old' },
    [
      { role: 'current', bytes: A },
      { role: 'old', bytes: B },
    ],
  ],
  [
    { A: 'old', B: 'current' },
    [
      { role: 'old', bytes: A },
      { role: 'current', bytes: B },
    ],
  ],
  ['removing', []],
]

function fileWith(state: State, a = pageWith(A), b = pageWith(B)): Uint8Array {
  const file = new Uint8Array(FILE_BYTES)
  file.set(headerOf(state))
  file.set(a, slotAt('A'))
  file.set(b, slotAt('B'))
  return file
}

function flipped(file: Uint8Array, at: number, bits: number): Uint8Array {
  const other = file.slice()
  other[at] = (other[at] ?? 0) ^ bits
  return other
}

const bitsOf = (byte: number): number => byte.toString(2).replaceAll('0', '').length

test.each(STATES)('%o is read as what it is', (state, copies) => {
  const file = fileWith(state)
  expect(layoutOf(file)).toEqual(state)
  expect(copiesIn(file)).toEqual(copies)
  expect(remainsIn(file)).toEqual([A, B])
})

test('up to three flipped bits make no state another, and no file one that was never used', () => {
  const codes = STATES.map(([state]) => codeOf(state))
  expect(new Set(codes).size).toBe(10)
  for (const code of codes) {
    for (const other of [...codes, 0, 0xff]) if (other !== code) expect(bitsOf(code ^ other)).toBeGreaterThanOrEqual(4)
  }
})

test('of all bytes that a state can be, those of no state are damage', () => {
  const known = new Set(STATES.map(([state]) => codeOf(state)))
  for (let byte = 0; byte < 256; byte += 1) {
    const file = fileWith(NOTHING)
    file[STATE_AT] = byte
    expect(layoutOf(file) === 'damaged').toBe(!known.has(byte))
  }
})

test('a bit of the header that is not as it was is damage', () => {
  const state: Roles = { A: 'current', B: 'old' }
  const file = fileWith(state)
  for (let bit = 0; bit < 8 * slotAt('A'); bit += 1) {
    const byte = bit >> 3
    file[byte] = (file[byte] ?? 0) ^ (1 << (bit & 7))
    if (layoutOf(file) !== 'damaged') throw new Error(`bit ${bit}`)
    file[byte] = (file[byte] ?? 0) ^ (1 << (bit & 7))
  }
  expect(layoutOf(file)).toEqual(state)
})

test('a file that is shorter or longer than it was made is damage; one of nothing but zeros was never used', () => {
  const file = fileWith({ A: 'current', B: 'empty' })
  for (const length of [1, 7, 8, 4096, FILE_BYTES - 1]) expect(layoutOf(file.slice(0, length))).toBe('damaged')
  expect(layoutOf(new Uint8Array([...file, 0]))).toBe('damaged')
  for (const length of [0, 8, FILE_BYTES]) expect(layoutOf(new Uint8Array(length))).toBe('unborn')
})

test('a slot whose length cannot be, or that has anything behind its bytes, is a copy that nothing opens', () => {
  const state: Roles = { A: 'current', B: 'empty' }
  for (const page of [flipped(pageWith(A), 0, 0x80), flipped(pageWith(A), 4095, 1), flipped(pageWith(A), 3, 3)]) {
    expect(copiesIn(fileWith(state, page))).toEqual([{ role: 'current', bytes: new Uint8Array() }])
  }
})

test('what is to be removed names its keys, however damaged its slots are', () => {
  const [first, second] = remainsIn(fileWith('removing', flipped(pageWith(A), 0, 0x80)))
  expect(first?.slice(0, A.length)).toEqual(A)
  expect(second).toEqual(B)
  expect(remainsIn(fileWith('removing', new Uint8Array(4096), pageWith(new Uint8Array())))).toEqual([])
  expect(remainsIn(new Uint8Array(5))).toEqual([])
})

test('an old copy that is erased already is none', () => {
  expect(copiesIn(fileWith({ A: 'old', B: 'current' }, pageWith(new Uint8Array())))).toEqual([{ role: 'current', bytes: B }])
})

test('no file is in two states that rule each other out, and no record is cut to fit', () => {
  expect(() => codeOf({ A: 'current', B: 'current' })).toThrow()
  expect(() => codeOf({ A: 'old', B: 'empty' })).toThrow()
  expect(() => pageWith(new Uint8Array(4093))).toThrow()
})
