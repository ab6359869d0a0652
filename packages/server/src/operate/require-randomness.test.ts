import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { NoRandomness, requireRandomness } from './require-randomness.ts'

test('a source that throws, or gives the same twice, is none', () => {
  const broken = (): Uint8Array => {
    throw new Error('no randomness')
  }
  for (const source of [broken, (length: number) => new Uint8Array(length), (length: number) => new Uint8Array(length).fill(7)])
    expect(() => requireRandomness(source)).toThrow(NoRandomness)
  expect(() => requireRandomness((length) => new Uint8Array(randomBytes(length)))).not.toThrow()
})
