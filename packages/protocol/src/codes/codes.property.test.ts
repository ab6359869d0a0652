import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ALPHABET } from './alphabet.ts'
import { type Code, makeCode, parseCode, printCode } from './code.ts'
import { KINDS, type Kind } from './kinds.ts'
import { isSerialNumber, parseSerialNumber, printSerialNumber, type SerialNumber } from './serial-number.ts'

const kinds: readonly Kind[] = ['activation', 'registration', 'reset', 'unlock']
const kind = fc.constantFrom(...kinds)
const serial = fc.stringMatching(/^[0-9]{10}$/).filter(isSerialNumber)
const symbols = (length: number) => fc.string({ unit: fc.constantFrom(...ALPHABET), minLength: length, maxLength: length })

/** Any code of any kind beside any serial number; activation codes with a known profile. */
const anyCode = fc.tuple(kind, serial).chain(([of, beside]) =>
  symbols(KINDS[of].length - 2).map((body) => {
    const known = of === 'activation' ? `${ALPHABET.charAt(ALPHABET.indexOf(body.charAt(0)) & 3)}${body.slice(1)}` : body
    return { kind: of, serial: beside, code: makeCode(of, beside, known) }
  }),
)

function withSymbol(code: string, place: number, add: number): string {
  const wrong = ALPHABET.charAt((ALPHABET.indexOf(code.charAt(place)) + add) % 32)
  return code.slice(0, place) + wrong + code.slice(place + 1)
}

function withDigit(of: SerialNumber, place: number, add: number): SerialNumber {
  const digits = of.slice(0, place) + String((Number(of.charAt(place)) + add) % 10) + of.slice(place + 1)
  if (!isSerialNumber(digits)) throw new Error('ten digits')
  return digits
}

/** How people type: any case, look-alikes, separators anywhere. */
const shapes = fc.array(
  fc.record({ lower: fc.boolean(), alike: fc.boolean(), before: fc.constantFrom('', '', ' ', '-', '\u2013', '\u00a0', '\u{10EAD}') }),
  {
    minLength: 20,
    maxLength: 20,
  },
)

function typedAs(code: string, shape: readonly { lower: boolean; alike: boolean; before: string }[]): string {
  return Array.from(code, (symbol, index) => {
    const { lower = false, alike = false, before = '' } = shape[index] ?? {}
    const written = alike ? ({ '0': 'O', '1': index % 2 === 0 ? 'I' : 'L' }[symbol] ?? symbol) : symbol
    return before + (lower ? written.toLowerCase() : written)
  }).join('')
}

describe('reading what was printed', () => {
  test('parse ∘ print is the identity, whatever shape it is typed in', () => {
    fc.assert(
      fc.property(anyCode, shapes, ({ kind: of, serial: beside, code }, shape) => {
        expect(parseCode(of, beside, printCode(code))).toEqual({ ok: true, code })
        expect(parseCode(of, beside, typedAs(code, shape))).toEqual({ ok: true, code })
      }),
      { numRuns: 400 },
    )
  })

  test('serial numbers too', () => {
    fc.assert(
      fc.property(serial, (of) => {
        expect(parseSerialNumber(printSerialNumber(of))).toEqual({ ok: true, serial: of })
      }),
    )
  })

  test('whatever is typed, reading ends in a code or a named refusal', () => {
    fc.assert(
      fc.property(kind, serial, fc.string({ unit: 'binary', maxLength: 60 }), (of, beside, typed) => {
        const read = parseCode(of, beside, typed)
        expect(read.ok || ['symbol', 'length', 'typing', 'profile'].includes(read.error)).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('check symbols', () => {
  test('any single wrong symbol is caught and located', () => {
    fc.assert(
      fc.property(anyCode, fc.nat(19), fc.integer({ min: 1, max: 31 }), ({ kind: of, serial: beside, code }, at, add) => {
        const place = at % code.length
        expect(parseCode(of, beside, withSymbol(code, place, add))).toEqual({ ok: false, error: 'typing', suspect: { symbol: place } })
      }),
      { numRuns: 2000 },
    )
  })

  test('any two wrong symbols are caught', () => {
    fc.assert(
      fc.property(
        anyCode,
        fc.nat(19),
        fc.nat(19),
        fc.integer({ min: 1, max: 31 }),
        fc.integer({ min: 1, max: 31 }),
        (one, a, b, addA, addB) => {
          fc.pre(a % one.code.length !== b % one.code.length)
          const wrong = withSymbol(withSymbol(one.code, a % one.code.length, addA), b % one.code.length, addB)
          expect(parseCode(one.kind, one.serial, wrong)).toMatchObject({ ok: false, error: 'typing' })
        },
      ),
      { numRuns: 3000 },
    )
  })

  test('a single wrong digit of the serial number is caught and located', () => {
    fc.assert(
      fc.property(anyCode, fc.nat(9), fc.integer({ min: 1, max: 9 }), ({ kind: of, serial: beside, code }, place, add) => {
        const read = parseCode(of, withDigit(beside, place, add), code)
        expect(read).toEqual({ ok: false, error: 'typing', suspect: { serialDigit: place } })
      }),
      { numRuns: 1000 },
    )
  })

  test('two wrong digits, or one and a wrong symbol, are caught', () => {
    const digit = fc.integer({ min: 1, max: 9 })
    fc.assert(
      fc.property(anyCode, fc.nat(9), fc.nat(9), digit, digit, fc.nat(19), (one, a, b, addA, addB, at) => {
        fc.pre(a !== b)
        const { kind: of, serial: beside, code } = one
        expect(parseCode(of, withDigit(withDigit(beside, a, addA), b, addB), code).ok).toBe(false)
        expect(parseCode(of, withDigit(beside, a, addA), withSymbol(code, at % code.length, addB)).ok).toBe(false)
      }),
      { numRuns: 2000 },
    )
  })

  test('a code read as the other kind of its length is always refused, and said to be that', () => {
    fc.assert(
      fc.property(serial, symbols(18), (beside, body) => {
        const asRegistration = makeCode('registration', beside, body)
        expect(parseCode('activation', beside, asRegistration)).toEqual({ ok: false, error: 'typing', suspect: 'kind' })
        const asActivation = makeCode('activation', beside, body)
        expect(parseCode('registration', beside, asActivation)).toEqual({ ok: false, error: 'typing', suspect: 'kind' })
      }),
      { numRuns: 1000 },
    )
  })

  test('every single-symbol substitution of every code of one token, exhaustively', () => {
    const beside = '0482915736' as SerialNumber
    const codes = { activation: '08JS0VHXVF3BD38YV65R', registration: '48NNK56ZR6NG3B8GJJBM', reset: 'FABMR9V5', unlock: '15VEXRBM42Y6' }
    for (const of of kinds) {
      const code = codes[of] as Code<Kind>
      for (let place = 0; place < code.length; place += 1) {
        for (let add = 1; add < 32; add += 1) {
          expect(parseCode(of, beside, withSymbol(code, place, add))).toEqual({ ok: false, error: 'typing', suspect: { symbol: place } })
        }
      }
    }
  })
})

test('the body of a code has the length of its kind', () => {
  expect(() => makeCode('reset', '0482915736' as SerialNumber, 'ABC')).toThrow('the body of a code of kind reset has 6 symbols, got 3')
})

test.each([
  ['FABMR9V5', 'FABM-R9V5'],
  ['15VEXRBM42Y6', '15VE-XRBM-42Y6'],
  ['FABMR', 'FABM-R'],
  ['FABM', 'FABM'],
  ['', ''],
])('%j is printed in groups of four: %j', (code, printed) => {
  expect(printCode(code)).toBe(printed)
})
