import { expect, test } from 'vitest'
import { normalise } from './alphabet.ts'

test.each([
  ['abcd-efgh', 'ABCDEFGH'],
  [' o0 il1 ', '00111'],
  ['AB\u00a0CD\u2013EF\tGH', 'ABCDEFGH'],
  ['1\u{10EAD}2', '12'],
])('%j is read as %s', (typed, canonical) => {
  expect(normalise(typed)).toEqual({ ok: true, canonical })
})

test.each(['１', '٠', 'Ａ', 'ſ', 'U', 'u', '\u200b', '\u00ad', '\0', '_'])('%j is no symbol', (typed) => {
  expect(normalise(`AB-${typed}C`)).toEqual({ ok: false, error: 'symbol', at: 3 })
})
