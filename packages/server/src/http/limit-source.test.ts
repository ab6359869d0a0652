import { expect, test } from 'vitest'
import { countSource, type Sources } from './limit-source.ts'

const LIMIT = { most: 3, withinMs: 1_000 }

test('a source has so many and no more, and again once its window is over', () => {
  const sources: Sources = new Map()
  const ask = (address: string, at: number): boolean => countSource(sources, address, at, LIMIT)
  expect([0, 1, 2, 3, 999].map((at) => ask('192.0.2.7', at))).toEqual([true, true, true, false, false])
  expect(ask('192.0.2.8', 999)).toBe(true)
  expect(ask('192.0.2.7', 1_000)).toBe(true)
})

test('addresses of one /64 of IPv6 are one source', () => {
  const sources: Sources = new Map()
  const asked = ['2001:db8::1', '2001:db8::2', '2001:db8::3', '2001:db8::4', '2001:db8:0:1::1'].map((address) =>
    countSource(sources, address, 0, LIMIT),
  )
  expect(asked).toEqual([true, true, true, false, true])
})

test('as many sources as there may be fill no memory', () => {
  const sources: Sources = new Map()
  for (let n = 0; n < 30_000; n += 1) countSource(sources, `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`, 0, LIMIT)
  expect(sources.size).toBeLessThanOrEqual(10_000)
})

test('what was counted while the clock was ahead keeps nobody out once it is set back', () => {
  const sources: Sources = new Map()
  const hour = 3_600_000
  const count = (at: number) => countSource(sources, '192.0.2.7', at, { most: 2, withinMs: 60_000 })
  expect([count(10 * hour), count(10 * hour), count(10 * hour)]).toEqual([true, true, false])
  expect([count(0), count(1), count(2), count(60_000)]).toEqual([true, true, false, true])
})
