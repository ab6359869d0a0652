import { securityCode } from '@latchkey/protocol/otp/totp'
import { expect, test } from 'vitest'
import { judgeCode, lastStepOf, type SetInPlay, type TokenInPlay } from './judge-code.ts'

const NOW = 59_666_667
const keyOf = (seed: number): Uint8Array => new Uint8Array(32).fill(seed)
const setOf = (seed: number, some: Partial<SetInPlay> = {}): SetInPlay => ({
  id: `kst_${seed}`,
  number: seed,
  state: 'current',
  otp: keyOf(seed),
  lastStep: undefined,
  ...some,
})
const tokenOf = (id: string, sets: SetInPlay[], some: Partial<TokenInPlay> = {}): TokenInPlay => ({
  id: `tkn_${id}`,
  digits: 6,
  drift: 0,
  lean: 0,
  sets,
  ...some,
})
const codeOf = (seed: number, offset = 0): string => securityCode(keyOf(seed), NOW + offset, 6)
const judge = (tokens: TokenInPlay[], code: string, restored?: number) => judgeCode(tokens, code, NOW, restored)

test('without a token nothing is accepted, not even the code of no key at all', () => {
  for (let offset = -1; offset <= 1; offset += 1)
    expect(judge([], securityCode(new Uint8Array(32), NOW + offset, 6))).toEqual({ is: 'wrong' })
})

test('the current set comes before next ones, whatever their order', () => {
  const same = { otp: keyOf(1) }
  const sets = [setOf(3, { ...same, state: 'next' }), setOf(1), setOf(2, { ...same, state: 'next' })]
  expect(judge([tokenOf('a', sets)], codeOf(1))).toMatchObject({ is: 'accepted', set: { id: 'kst_1' } })
})

test('a code that was used in one token is accepted in another that shows the same', () => {
  const used = tokenOf('a', [setOf(1, { lastStep: NOW })])
  const fresh = tokenOf('b', [setOf(2, { otp: keyOf(1) })])
  expect(judge([used, fresh], codeOf(1))).toMatchObject({ is: 'accepted', token: { id: 'tkn_b' } })
  expect(judge([used], codeOf(1))).toMatchObject({ is: 'replayed' })
})

test('a retired set accepts nothing; a code that is good elsewhere is no old copy', () => {
  const old = setOf(1, { state: 'retired' })
  expect(judge([tokenOf('a', [setOf(2), old])], codeOf(1))).toMatchObject({ is: 'old-copy' })
  expect(judge([tokenOf('a', [setOf(2, { otp: keyOf(1) }), old])], codeOf(1))).toMatchObject({ is: 'accepted', set: { id: 'kst_2' } })
  expect(judge([tokenOf('a', [setOf(2, { otp: keyOf(1), lastStep: NOW }), old])], codeOf(1))).toMatchObject({ is: 'replayed' })
})

test('of the last accepted step and the step of a restored backup the later counts', () => {
  expect(lastStepOf({ lastStep: undefined }, undefined)).toBeUndefined()
  expect(lastStepOf({ lastStep: 5 }, undefined)).toBe(5)
  expect(lastStepOf({ lastStep: undefined }, 7)).toBe(7)
  expect(lastStepOf({ lastStep: 5 }, 7)).toBe(7)
  expect(lastStepOf({ lastStep: 9 }, 7)).toBe(9)
  expect(judge([tokenOf('a', [setOf(1, { lastStep: NOW - 5 })])], codeOf(1), NOW)).toMatchObject({ is: 'replayed' })
})

test('digits are part of the code: six of eight are wrong', () => {
  const eight = tokenOf('a', [setOf(1)], { digits: 8 })
  const code = securityCode(keyOf(1), NOW, 8)
  expect(judge([eight], code)).toMatchObject({ is: 'accepted' })
  expect(judge([eight], code.slice(2))).toEqual({ is: 'wrong' })
})
