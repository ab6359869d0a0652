import { createHash, randomBytes } from 'node:crypto'

const BYTES = 32
const SHAPE = /^[A-Za-z0-9_-]{43}$/

/** 256 random bits, in base64url. */
export function newSecret(): string {
  return randomBytes(BYTES).toString('base64url')
}

/** What is kept of a secret: its SHA-256. It has 256 random bits, so that a salt would add nothing. */
export function hashOf(secret: string): Uint8Array {
  return createHash('sha256').update(secret).digest()
}

/** True for text with the shape of `newSecret`. */
export function looksLikeSecret(text: string | undefined): text is string {
  return text !== undefined && SHAPE.test(text)
}
