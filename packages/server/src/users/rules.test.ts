import { describe, expect, test } from 'vitest'
import { fold } from './fold.ts'
import { readAddress, readDisplayName, readLocale, readName, readTimeZone, recoveryFrom, spellingsOf } from './rules.ts'

const canonical = (typed: string) => {
  const read = readName(typed)
  return read.ok ? read.canonical : read.reason
}

describe('login names', () => {
  test.each([
    ['alice', 'alice'],
    ['  ALICE ', 'alice'],
    ['Ａｌｉｃｅ', 'alice'],
    ['stra\u00dfe', 'strasse'],
    ['STRASSE', 'strasse'],
    ['cafe\u0301', 'caf\u00e9'],
    ['bob.o-neil_2+x@example.test', 'bob.o-neil_2+x@example.test'],
    ["o'neil", "o'neil"],
  ])('%j is %j', (typed, expected) => {
    expect(canonical(typed)).toBe(expected)
  })

  test.each([
    ['', 'empty'],
    ['   ', 'empty'],
    ['a'.repeat(65), 'too-long'],
    ['\ufdfa'.repeat(60), 'too-long'],
    ['a'.repeat(10_000_000), 'too-long'],
    ['ali ce', 'characters'],
    ['alice\r\nbob', 'characters'],
    ['ali\u001bce', 'characters'],
    ['ali\u202ece', 'characters'],
    ['ali\u200bce', 'characters'],
    ['ali\u00adce', 'characters'],
    ['ali\u034fce', 'characters'],
    ['ali\u3164ce', 'characters'],
    ['ali\0ce', 'characters'],
    ['\ud800alice', 'characters'],
    ['=cmd', 'characters'],
    ['-alice', 'characters'],
    ['~hash', 'characters'],
    ['<script>', 'characters'],
    ['alice/../bob', 'characters'],
  ])('%j is refused: %s', (typed, reason) => {
    expect(canonical(typed)).toBe(reason)
  })

  test('folding twice is folding once', () => {
    for (const text of ['ß', 'İstanbul', 'ΑΣ', 'ﬁ', 'ẞ', 'ǅ', 'K', 'ı']) expect(fold(fold(text))).toBe(fold(text))
  })
})

describe('addresses', () => {
  test.each([
    ['Alice@Example.TEST', 'alice@example.test'],
    [' alice@example.test ', 'alice@example.test'],
    ['alice@B\u00dcCHER.test', 'alice@xn--bcher-kva.test'],
    ['alice@localhost', 'alice@localhost'],
  ])('%j is %j', (typed, expected) => {
    expect(readAddress(typed)).toMatchObject({ ok: true, canonical: expected })
  })

  test.each([
    ['', 'empty'],
    [`${'a'.repeat(65)}@example.test`, 'form'],
    [`a@${'b.'.repeat(130)}test`, 'too-long'],
    ['alice', 'form'],
    ['@example.test', 'form'],
    ['alice@', 'form'],
    ['alice@example..test', 'form'],
    ['.alice@example.test', 'form'],
    ['alice@example.test,bob@example.test', 'form'],
    ['alice@example.test\r\nBcc: bob@example.test', 'form'],
    ['alice <alice@example.test>', 'form'],
    ['ali\u202ece@example.test', 'form'],
    ['"alice"@example.test', 'form'],
    ['x'.repeat(10_000_000), 'too-long'],
  ])('%j is refused: %s', (typed, reason) => {
    expect(readAddress(typed)).toEqual({ ok: false, reason })
  })

  test('a name and an address that could be taken for each other share a spelling', () => {
    expect(spellingsOf('alice@B\u00dcCHER.test')).toEqual(['alice@b\u00fccher.test', 'alice@xn--bcher-kva.test'])
  })
})

test('a display name is anything that can be seen', () => {
  expect(readDisplayName(' Alice A. Example ')).toMatchObject({ ok: true, shown: 'Alice A. Example' })
  for (const typed of ['Alice\nBcc: x', 'Alice\u202e', 'Al\u2028ice', 'x'.repeat(101), ' ']) expect(readDisplayName(typed).ok).toBe(false)
})

test('languages and time zones are those that there are', () => {
  expect(readLocale('EN-gb')).toBe('en-GB')
  for (const typed of ['', 'x', '../en', 'en_US']) expect(readLocale(typed)).toBeUndefined()
  expect(readTimeZone('europe/berlin')).toBe('Europe/Berlin')
  for (const typed of ['', 'Mars/Phobos', '+02:00', 'Europe/Berlin\n']) expect(readTimeZone(typed)).toBeUndefined()
})

test('the first address proves a recovery at once, another after seven days', () => {
  expect(recoveryFrom(1_000, false, 7)).toBe(1_000)
  expect(recoveryFrom(1_000, true, 7)).toBe(1_000 + 604_800_000)
})
