import { symbolsOf } from './alphabet.ts'

/**
 * The first `5 * count` bits of `bytes` as numbers 0 to 31: most significant bit of the first byte first (STP-1, Conventions).
 * @throws RangeError if there are not that many bits.
 */
export function leadingFives(bytes: Uint8Array, count: number): number[] {
  if (bytes.length * 8 < count * 5) throw new RangeError(`${count} symbols need ${count * 5} bits, got ${bytes.length * 8}`)
  return Array.from({ length: count }, (_, index) => fiveBitsAt(bytes, index * 5))
}

function fiveBitsAt(bytes: Uint8Array, bit: number): number {
  const byte = bit >> 3
  const pair = ((bytes[byte] ?? 0) << 8) | (bytes[byte + 1] ?? 0)
  return (pair >> (11 - (bit & 7))) & 31
}

/** The first `5 * count` bits of `bytes` as symbols. */
export function leadingSymbols(bytes: Uint8Array, count: number): string {
  return symbolsOf(leadingFives(bytes, count))
}
