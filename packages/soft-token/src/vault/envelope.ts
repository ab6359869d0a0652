import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { KEY_ID_BYTES, type KeyId, type PlatformKeys, type PlatformSeal } from '../platform.ts'

/**
 * A file of the vault: `LKV`, format version, owner, key id, then what the platform key sealed.
 * The owner is a serial number, or the device salt's name; version and owner are bound to the seal (STP-1, 4).
 */
export type Envelope = { owner: string; keyId: KeyId; sealed: Uint8Array }
export type EnvelopeRefusal = 'vault-newer' | 'vault-damaged'

/** The name of the device salt's file, and its owner in the envelope. All other files are identities, by serial number. */
export const DEVICE_SALT = 'deviceSalt'

const MAGIC = utf8ToBytes('LKV')
export const FORMAT_VERSION = 1
const OWNER_BYTES = 10
const VERSION_AT = MAGIC.length
const OWNER_AT = VERSION_AT + 1
const KEY_ID_AT = OWNER_AT + OWNER_BYTES
const SEALED_AT = KEY_ID_AT + KEY_ID_BYTES

/** Seals a plaintext for an owner (ten ASCII characters) and writes the clear part before it. */
export async function encloseWith(seal: PlatformSeal, keyId: KeyId, owner: string, plaintext: Uint8Array): Promise<Uint8Array> {
  const sealed = await seal(plaintext, additionalData(owner))
  return concatBytes(MAGIC, Uint8Array.of(FORMAT_VERSION), utf8ToBytes(owner), keyId, sealed)
}

/** Reads the clear part. `owner` is whose file this should be. */
export function parseEnvelope(bytes: Uint8Array, owner: string): Envelope | EnvelopeRefusal {
  const version = bytes[VERSION_AT]
  if (bytes.length < SEALED_AT || MAGIC.some((byte, index) => bytes[index] !== byte)) return 'vault-damaged'
  if (version !== FORMAT_VERSION) return version !== undefined && version > FORMAT_VERSION ? 'vault-newer' : 'vault-damaged'
  if (ownerOf(bytes) !== owner) return 'vault-damaged'
  return { owner, keyId: bytes.slice(KEY_ID_AT, SEALED_AT), sealed: bytes.slice(SEALED_AT) }
}

/** The platform key that an owner's file names, whatever version it is of. What belongs to another owner names none: its key is not ours to delete. */
export function keyIdOf(bytes: Uint8Array, owner: string): KeyId | undefined {
  return bytes.length >= SEALED_AT && ownerOf(bytes) === owner ? bytes.slice(KEY_ID_AT, SEALED_AT) : undefined
}

function ownerOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(OWNER_AT, KEY_ID_AT))
}

/** Opens an envelope; undefined if its key is gone or does not open it. */
export function disclose(keys: PlatformKeys, envelope: Envelope): Promise<Uint8Array | undefined> {
  return keys.open(envelope.keyId, envelope.sealed, additionalData(envelope.owner))
}

/** Format version || serial number (STP-1, 4). */
function additionalData(owner: string): Uint8Array {
  return concatBytes(Uint8Array.of(FORMAT_VERSION), utf8ToBytes(owner))
}
