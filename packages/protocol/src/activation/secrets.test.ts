import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import { ALPHABET } from '../codes/alphabet.ts'
import { type Code, makeCode, parseCode } from '../codes/code.ts'
import { leadingFives } from '../codes/leading-bits.ts'
import { drawSerialNumber, type SerialNumber } from '../codes/serial-number.ts'
import { securityCode } from '../otp/totp.ts'
import { drawChallenge, makeResetCode } from '../unlock/reset-code.ts'
import { drawActivationCode, profileOfCode, secretOf } from './activation-code.ts'
import type { Argon2id } from './argon2id.ts'
import { deriveRoot, firstKeySet, forgetKeySet } from './keys.ts'
import { activate, drawR, register } from './registration.ts'

/** A cheap stand-in that depends on every bit of what it is given, as Argon2id does. */
const standIn: Argon2id = async ({ password, salt }) => sha256(concatBytes(salt, password))

const SERIAL = '0482915736' as SerialNumber
const OTHER_SERIAL = '0482915737' as SerialNumber
const draw = (length: number): Uint8Array => globalThis.crypto.getRandomValues(new Uint8Array(length))
const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

function withSymbol(text: string, place: number): string {
  return text.slice(0, place) + ALPHABET.charAt((ALPHABET.indexOf(text.charAt(place)) + 1) % 32) + text.slice(place + 1)
}

test('85 random bits of A enter root: each of its 17 random symbols changes it', async () => {
  const code = drawActivationCode(SERIAL, { digits: 6, pinMinimum: 6 }, draw)
  const r = drawR(draw)
  const roots = new Set([hex(await deriveRoot(standIn, SERIAL, code, r))])
  for (let place = 1; place < 18; place += 1) {
    const other = makeCode('activation', SERIAL, withSymbol(code.slice(0, 18), place))
    roots.add(hex(await deriveRoot(standIn, SERIAL, other, r)))
  }
  expect(roots.size).toBe(18)
})

test('75 random bits of R enter root: each of its 15 symbols changes it, and so does the serial number', async () => {
  const code = drawActivationCode(SERIAL, { digits: 6, pinMinimum: 6 }, draw)
  const r = drawR(draw)
  expect(r).toHaveLength(15)
  const roots = new Set([hex(await deriveRoot(standIn, SERIAL, code, r)), hex(await deriveRoot(standIn, OTHER_SERIAL, code, r))])
  for (let place = 0; place < 15; place += 1) roots.add(hex(await deriveRoot(standIn, SERIAL, code, withSymbol(r, place))))
  expect(roots.size).toBe(17)
})

test('whoever leaves out A, or R, has neither the keys nor a security code of them', async () => {
  const code = drawActivationCode(SERIAL, { digits: 8, pinMinimum: 6 }, draw)
  const r = drawR(draw)
  const { keys } = await activate(standIn, SERIAL, code, r)
  const withoutA = firstKeySet(await deriveRoot(standIn, SERIAL, '' as Code<'activation'>, r))
  const withoutR = firstKeySet(await deriveRoot(standIn, SERIAL, code, ''))
  for (const guess of [withoutA, withoutR]) {
    for (const name of ['otp', 'unlock', 'sign'] as const) expect(hex(guess[name])).not.toBe(hex(keys[name]))
    expect(securityCode(guess.otp, 59_000_000, 8)).not.toBe(securityCode(keys.otp, 59_000_000, 8))
  }
})

test('the registration code alone registers nothing with another activation code or serial number', async () => {
  const code = drawActivationCode(SERIAL, { digits: 6, pinMinimum: 6 }, draw)
  const { registrationCode, keys } = await activate(standIn, SERIAL, code, drawR(draw))
  const registered = await register(standIn, SERIAL, code, registrationCode)
  expect(hex(registered?.otp ?? new Uint8Array(0))).toBe(hex(keys.otp))
  const otherCode = drawActivationCode(SERIAL, { digits: 6, pinMinimum: 6 }, draw)
  expect(await register(standIn, SERIAL, otherCode, registrationCode)).toBeUndefined()
  expect(await register(standIn, OTHER_SERIAL, code, registrationCode)).toBeUndefined()
})

test('the check symbols of A do not enter root', () => {
  const code = drawActivationCode(SERIAL, { digits: 6, pinMinimum: 6 }, draw)
  expect(secretOf(code)).toBe(code.slice(0, 18))
})

const MILLION = 1_000_000

/** How far the symbols at each place of drawn texts are from even. */
function chiSquares(draws: number, symbols: string, places: number, drawText: () => string): number[] {
  const counts = Array.from({ length: places }, () => new Map<string, number>())
  for (let n = 0; n < draws; n += 1) {
    const text = drawText()
    for (const [place, count] of counts.entries()) count.set(text.charAt(place), (count.get(text.charAt(place)) ?? 0) + 1)
  }
  const even = draws / symbols.length
  return counts.map((count) =>
    Array.from(symbols, (symbol) => ((count.get(symbol) ?? 0) - even) ** 2 / even).reduce((sum, x) => sum + x, 0),
  )
}

test('drawn codes are even: a million of them, chi-square for each random symbol, no two the same', () => {
  const seen = new Set<string>()
  const furthest = chiSquares(MILLION, ALPHABET, 17, () => {
    const code = drawActivationCode(SERIAL, { digits: 8, pinMinimum: 8 }, draw)
    seen.add(code)
    return code.slice(1)
  })
  expect(seen.size).toBe(MILLION)
  // 31 degrees of freedom: above 90 less than once in ten million.
  for (const chiSquare of furthest) expect(chiSquare).toBeLessThan(90)
  for (const code of [...seen].slice(0, 100)) {
    expect(parseCode('activation', SERIAL, code).ok).toBe(true)
    expect(profileOfCode(code as Code<'activation'>)).toEqual({ digits: 8, pinMinimum: 8 })
  }
})

test('drawn serial numbers are even: a million of them, chi-square for each digit', () => {
  // 9 degrees of freedom: above 50 about once in ten million.
  for (const chiSquare of chiSquares(MILLION, '0123456789', 10, () => drawSerialNumber(draw))) expect(chiSquare).toBeLessThan(50)
})

test('serial numbers are ten even digits: bytes that would favour some digits are drawn again', () => {
  const bytes = [255, 250, 249, 9, 10, 19, 128, 7, 0, 1, 2, 3, 4, 5, 6]
  let at = 0
  const serial = drawSerialNumber((length) => Uint8Array.from({ length }, () => bytes[at++ % bytes.length] ?? 0))
  expect(serial).toBe('9909870123')
})

test('a source of randomness that fails is never papered over', () => {
  const broken = (): Uint8Array => {
    throw new Error('no randomness')
  }
  expect(() => drawSerialNumber(broken)).toThrow('no randomness')
  expect(() => drawActivationCode(SERIAL, { digits: 6, pinMinimum: 6 }, broken)).toThrow('no randomness')
  expect(() => drawR(broken)).toThrow('no randomness')
  expect(() => drawR(() => new Uint8Array(9))).toThrow('15 symbols need 75 bits, got 72')
})

test('an activation code that was not parsed names no profile', () => {
  expect(() => profileOfCode('Z' as Code<'activation'>)).toThrow('an activation code with an unknown profile')
  expect(() => profileOfCode('' as Code<'activation'>)).toThrow(RangeError)
})

test('a key set that is forgotten is all zeros', async () => {
  const keys = firstKeySet(new Uint8Array(32).fill(1))
  forgetKeySet(keys)
  for (const key of [keys.otp, keys.unlock, keys.sign]) expect(key.every((byte) => byte === 0)).toBe(true)
})

test('exactly as many bits as the symbols need are enough', () => {
  expect(leadingFives(Uint8Array.of(0xff, 0, 0, 0, 0x1f), 8)).toEqual([31, 28, 0, 0, 0, 0, 0, 31])
  expect(() => leadingFives(new Uint8Array(4), 7)).toThrow('7 symbols need 35 bits, got 32')
})

test('a challenge is never the one before', () => {
  const before = makeResetCode(new Uint8Array(32), SERIAL, '0000')
  const drawn = [Uint8Array.of(0, 0, 0), Uint8Array.of(0, 0, 1), Uint8Array.of(0, 0, 16)]
  expect(drawChallenge(() => drawn.shift() ?? new Uint8Array(3), before)).toBe('0001')
  expect(drawChallenge(() => new Uint8Array(3), undefined)).toBe('0000')
})

test('root and key(confirm) are forgotten on both sides', async () => {
  const roots: Uint8Array[] = []
  const watching: Argon2id = async (input) => {
    const root = await standIn(input)
    roots.push(root)
    return root
  }
  const code = drawActivationCode(SERIAL, { digits: 6, pinMinimum: 6 }, draw)
  const { registrationCode } = await activate(watching, SERIAL, code, drawR(draw))
  await register(watching, SERIAL, code, registrationCode)
  await register(watching, OTHER_SERIAL, code, registrationCode)
  expect(roots).toHaveLength(3)
  for (const root of roots) expect(root.every((byte) => byte === 0)).toBe(true)
})
