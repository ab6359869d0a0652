import { expect, test } from 'vitest'
import { isAmong } from './address.ts'

test.each([
  ['192.0.2.0/24', '192.0.2.9', true],
  ['192.0.2.0/24', '192.0.3.9', false],
  ['192.0.2.9', '192.0.2.9', true],
  ['192.0.2.9', '192.0.2.8', false],
  ['192.0.2.0/24', '::ffff:192.0.2.9', true],
  ['::ffff:192.0.2.0/120', '192.0.2.9', true],
  ['::ffff:192.0.2.9', '192.0.2.9', true],
  ['::ffff:192.0.2.0/120', '192.0.3.9', false],
  ['::/0', '192.0.2.9', false],
  ['0.0.0.0/0', '2001:db8::1', false],
  ['2001:db8::/32', '2001:db8:1::1', true],
  ['2001:db8::/32', '2001:db9::1', false],
  ['2001:db8::1', '2001:db8:0:0:0:0:0:1', true],
  ['0.0.0.0/0', '', false],
  ['0.0.0.0/0', 'localhost', false],
])('%s has %j: %s', (network, address, among) => {
  expect(isAmong([network], address)).toBe(among)
  expect(isAmong([], address)).toBe(false)
})
