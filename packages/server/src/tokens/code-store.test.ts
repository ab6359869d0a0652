import { afterAll, beforeAll, expect, test } from 'vitest'
import { openWorld, type World } from '../../test/world.ts'
import type { Context } from '../context.ts'
import type { KeySetId, TokenId } from '../ids.ts'
import { SealBroken } from '../keys/key-ring.ts'
import { forgetTokens, type KeySetRow, tokensOf } from './code-store.ts'
import { NEVER, sealOtpKey } from './key-sets.ts'

let world: World
beforeAll(async () => {
  world = await openWorld('sqlite')
})
afterAll(() => world?.close())

/** Whatever is opened in this context. */
function watched(): { ctx: Context; opened: Uint8Array[] } {
  const opened: Uint8Array[] = []
  const open: Context['keys']['open'] = (place, sealed) => {
    const plain = world.keys.open(place, sealed)
    opened.push(plain)
    return plain
  }
  return { ctx: { ...world, keys: { ...world.keys, open } }, opened }
}

const rowOf = (token: number, number: number): KeySetRow => {
  const set_id: KeySetId = `kst_${token}-${number}`
  const token_id: TokenId = `tkn_${token}`
  const sealed_keys = sealOtpKey(world, set_id, new Uint8Array(32).fill(number))
  return { set_id, set_state: 'current', number, sealed_keys, last_step: NEVER, token_id, digits: 6, drift: 0, lean: 0 }
}
const isOverwritten = (plain: Uint8Array): boolean => plain.every((byte) => byte === 0)

test('key sets are found by their token, open, and are overwritten when they are forgotten', () => {
  const { ctx, opened } = watched()
  const tokens = tokensOf(ctx, [rowOf(1, 1), rowOf(2, 3), rowOf(1, 2)])
  expect(tokens.map(({ id, sets }) => [id, sets.map(({ otp }) => otp[0])])).toEqual([
    ['tkn_1', [1, 2]],
    ['tkn_2', [3]],
  ])
  forgetTokens(tokens)
  expect(opened.map(isOverwritten)).toEqual([true, true, true])
})

test('where one does not open, what was opened before it is overwritten', () => {
  const { ctx, opened } = watched()
  const moved = { ...rowOf(2, 3), sealed_keys: rowOf(3, 3).sealed_keys }
  expect(() => tokensOf(ctx, [rowOf(1, 1), rowOf(1, 2), moved])).toThrow(SealBroken)
  expect(opened.map(isOverwritten)).toEqual([true, true])
})
