import { ALPHABET } from '@latchkey/protocol/codes/alphabet'
import { printCode } from '@latchkey/protocol/codes/code'
import { describe, expect, test } from 'vitest'
import { makeProofCode, PROOF_CODES, readProofCode } from './proof-code.ts'
import { waitAfter } from './rules.ts'

const BODIES = { recovery: '7ABCDEFGH01234', mailed: 'K0Z9QR' } as const

describe.each(['recovery', 'mailed'] as const)('a %s code', (kind) => {
  const code = makeProofCode(kind, BODIES[kind])

  test('is read as it is printed, in any case, with any separators, with look-alikes', () => {
    expect(code).toHaveLength(PROOF_CODES[kind].length)
    for (const typed of [
      code,
      printCode(code),
      code.toLowerCase(),
      ` ${printCode(code).replaceAll('-', ' ')}\n`,
      code.replaceAll('0', 'o').replaceAll('1', 'l'),
    ])
      expect(readProofCode(kind, typed)).toEqual({ ok: true, code })
  })

  test('every single wrong symbol is found, and where it stands', () => {
    for (let place = 0; place < code.length; place += 1)
      for (const symbol of ALPHABET) {
        if (symbol === code[place]) continue
        const typed = code.slice(0, place) + symbol + code.slice(place + 1)
        expect(readProofCode(kind, typed)).toEqual({ ok: false, error: 'typing', suspect: { symbol: place } })
      }
  })

  test('two symbols that changed places are found', () => {
    for (let place = 1; place < code.length; place += 1) {
      const typed = `${code.slice(0, place - 1)}${code[place]}${code[place - 1]}${code.slice(place + 1)}`
      if (typed !== code) expect(readProofCode(kind, typed)).toMatchObject({ ok: false, error: 'typing' })
    }
  })

  test('one symbol more or less, and what is no symbol', () => {
    expect(readProofCode(kind, `${code}0`)).toEqual({ ok: false, error: 'length', length: code.length + 1, expected: code.length })
    expect(readProofCode(kind, code.slice(1))).toEqual({ ok: false, error: 'length', length: code.length - 1, expected: code.length })
    expect(readProofCode(kind, '')).toMatchObject({ error: 'length' })
    expect(readProofCode(kind, code.repeat(100_000))).toMatchObject({ error: 'length' })
    for (const symbol of ['U', '\u200b', '٣', '０', '\0', '😀'])
      expect(readProofCode(kind, code.slice(0, 2) + symbol + code.slice(2))).toEqual({ ok: false, error: 'symbol', at: 2 })
  })
})

test('what is a code of one kind is none of the other, whatever its length', () => {
  const other = makeProofCode('recovery', BODIES.mailed)
  expect(readProofCode('mailed', other)).toMatchObject({ ok: false, error: 'typing' })
})

test('the waits: none for four wrong proofs, then 30 s doubling to an hour, and never more', () => {
  expect([0, 1, 4, 5, 6, 11, 12, 13, 1_000_000].map(waitAfter)).toEqual([
    0, 0, 0, 30_000, 60_000, 1_920_000, 3_600_000, 3_600_000, 3_600_000,
  ])
})
