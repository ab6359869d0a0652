import { describe, expect, test } from 'vitest'
import { bytesOf, FILE_BYTES, fillSlot, header, type Roles, rolesOf, SLOT_BYTES, STATE_PLACE, slotPlace, stateByte } from './slots.ts'

const STATES: readonly (Roles | 'removing')[] = [
  ['empty', 'empty'],
  ['staged', 'empty'],
  ['empty', 'staged'],
  ['current', 'empty'],
  ['empty', 'current'],
  ['current', 'staged'],
  ['staged', 'current'],
  ['old', 'current'],
  ['current', 'old'],
  'removing',
]

function fileIn(state: Roles | 'removing'): Uint8Array {
  const file = new Uint8Array(FILE_BYTES)
  file.set(header())
  file[STATE_PLACE] = stateByte(state)
  return file
}

test('every state is read as it was written', () => {
  for (const state of STATES) expect(rolesOf(fileIn(state))).toEqual(state)
  expect(new Set(STATES.map(stateByte)).size).toBe(STATES.length)
})

test('states that a swap never makes cannot be written', () => {
  expect(() => stateByte(['current', 'current'])).toThrow(RangeError)
  expect(() => stateByte(['staged', 'staged'])).toThrow(RangeError)
  expect(() => stateByte(['old', 'empty'])).toThrow(RangeError)
})

describe('a flipped bit', () => {
  test('of the clear beginning is never another state', () => {
    for (const state of STATES) {
      for (let place = 0; place <= STATE_PLACE; place += 1) {
        for (let bit = 0; bit < 8; bit += 1) {
          const file = fileIn(state)
          file[place] = (file[place] ?? 0) ^ (1 << bit)
          expect(rolesOf(file), `${String(state)}, bit ${bit} of byte ${place}`).toBe('damaged')
        }
      }
    }
  })
})

test('a file that a kill left unmade is told from a damaged one', () => {
  expect(rolesOf(new Uint8Array())).toBe('unmade')
  expect(rolesOf(new Uint8Array(FILE_BYTES))).toBe('unmade')
  expect(rolesOf(fileIn('removing').subarray(0, 100))).toBe('damaged')
  expect(rolesOf(new Uint8Array(FILE_BYTES).fill(1))).toBe('damaged')
})

test('a slot gives back what it was filled with, and nothing where its length is none', () => {
  const file = fileIn(['current', 'staged'])
  file.set(fillSlot(Uint8Array.of(1, 2, 3)), slotPlace(0))
  file.set(fillSlot(new Uint8Array(SLOT_BYTES - 4).fill(7)), slotPlace(1))
  expect(bytesOf(file, 0)).toEqual(Uint8Array.of(1, 2, 3))
  expect(bytesOf(file, 1)).toEqual(new Uint8Array(SLOT_BYTES - 4).fill(7))
  file.set([0xff, 0xff, 0xff, 0xff], slotPlace(0))
  expect(bytesOf(file, 0)).toEqual(new Uint8Array())
  expect(() => fillSlot(new Uint8Array(SLOT_BYTES))).toThrow(RangeError)
})
