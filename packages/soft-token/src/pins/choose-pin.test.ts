import { expect, test } from 'vitest'
import { choosePin } from './choose-pin.ts'
import { pinRefusal } from './pin-refusal.ts'

const draw = (length: number): Uint8Array => globalThis.crypto.getRandomValues(new Uint8Array(length))

test.each([6, 8] as const)('a chosen PIN has %i digits and may be chosen', (minimum) => {
  const pins = Array.from({ length: 300 }, () => choosePin(minimum, draw))
  for (const pin of pins) expect([pin.length, pinRefusal(pin, minimum)]).toEqual([minimum, undefined])
  expect(new Set(pins).size).toBeGreaterThan(290)
})

test('what may not be chosen is drawn again', () => {
  const drawn = ['111111', '123456', '010190', '905813'].map((pin) => Uint8Array.from(pin, Number))
  expect(choosePin(6, () => drawn.shift() ?? new Uint8Array(6))).toBe('905813')
})
