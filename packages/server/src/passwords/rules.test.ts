import { describe, expect, test } from 'vitest'
import { commonPasswords } from './common-passwords.ts'
import { couldBePassword, normalisePassword, refusePassword, SHORTEST_ALONE, SHORTEST_WITH_SECOND_FACTOR, waitAfter } from './rules.ts'

const COMMON = await commonPasswords()

const WORDS = ['latchkey', 'Example Bank', 'alice', 'Alice Liddell', 'Alice', 'Liddell', 'al@example.test', 'al', 'example.test']
const refuse = (password: string, shortest = SHORTEST_ALONE) =>
  refusePassword(normalisePassword(password), { shortest, words: WORDS, isCommon: (text) => COMMON.has(text) })

describe('a password that is refused', () => {
  test.each([
    ['', 'too-short'],
    ['fourteen chars', 'too-short'],
    ['😀'.repeat(14), 'too-short'],
    ['x1-'.repeat(43), 'too-long'],
    ['a'.repeat(1_048_576), 'too-long'],
    ['nul\0in the middle of it', 'control-characters'],
    ['tab\tin the middle of it', 'control-characters'],
    ['half a \ud83d surrogate pair', 'control-characters'],
    ['passwordpassword', 'common'],
    ['PASSWORD1234567', 'common'],
    ['1234567password!!', 'common'],
    ['qwertyuiop123456', 'common'],
    ['alicealicealice', 'personal'],
    ['latchkeylatchkey', 'personal'],
    ['Latchkey-2026-alice', 'personal'],
    ['Liddell!Alice!2026', 'personal'],
    ['example-bank-2026!', 'personal'],
    ['al@example.test2026', 'personal'],
    ['ＡＬＩＣＥalicealice', 'personal'],
    ['alice1234567890', 'personal'],
    ['aaaaaaaaaaaaaaaa', 'repeated'],
    ['xyxyxyxyxyxyxyxy', 'repeated'],
    ['kv9!kv9!kv9!kv9!', 'repeated'],
    ['blurtfoo blurtfoo ', 'repeated'],
    ['aaaabbbbccccdddd', 'repeated'],
    ['abcdefg12345678', 'repeated'],
    ['98765432109876543210', 'repeated'],
    ['lkjhgfdsaqwertzuiop', 'repeated'],
  ])('%j: %s', (password, reason) => {
    expect(refuse(password.slice(0, 2_000_000))).toBe(reason)
  })
})

describe('a password that is not', () => {
  test.each([
    'correct horse battery',
    'fifteen chars..',
    'alice went down the rabbit hole',
    'Grüße aus Köln, ihr Jecken',
    '正しい馬バッテリーステープル猫犬鳥魚',
    '😀 smile and the world',
    'no composition rules here',
    'vZ8#kq!mP2$wX9&tL',
  ])('%j', (password) => {
    expect(refuse(password)).toBeUndefined()
  })
  test('128 characters, counted as code points', () => {
    const long = Array.from({ length: 128 }, (_, index) => String.fromCodePoint(0x1f400 + ((index * 37) % 61))).join('')
    expect(refuse(long)).toBeUndefined()
    expect(refuse(`${long}x`)).toBe('too-long')
    expect(couldBePassword(long)).toBe(true)
    expect(couldBePassword(`${long}x`)).toBe(false)
  })
  test('8 characters where it never opens anything alone', () => {
    expect(refuse('vZ8#kq!m', SHORTEST_WITH_SECOND_FACTOR)).toBeUndefined()
    expect(refuse('vZ8#kq!', SHORTEST_WITH_SECOND_FACTOR)).toBe('too-short')
    expect(refuse('vZ8#vZ8#', SHORTEST_WITH_SECOND_FACTOR)).toBe('repeated')
    expect(refuse('dragon12', SHORTEST_WITH_SECOND_FACTOR)).toBe('common')
  })
})

test('composed and decomposed spellings are one password', () => {
  expect(normalisePassword('cafe\u0301')).toBe(normalisePassword('caf\u00e9'))
  expect(normalisePassword('ﬁ Ａ')).toBe('ﬁ Ａ')
})

test('the waits: none for four failures, then 1 s doubling to 15 min, and never more', () => {
  expect([0, 1, 4, 5, 6, 7, 14, 15, 16, 1_000_000].map(waitAfter)).toEqual([
    0, 0, 0, 1_000, 2_000, 4_000, 512_000, 900_000, 900_000, 900_000,
  ])
})
