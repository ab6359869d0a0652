import { createDecipheriv, hash } from 'node:crypto'
import { DEVICE_SALT } from '../../src/vault/envelope.ts'
import { DEVICE_SALT_BYTES } from '../../src/vault/pin-box.ts'
import { decodeRecord, type IdentityRecord, RECORD_BYTES } from '../../src/vault/record.ts'
import type { Disk } from '../memory-platform.ts'

/** A box that a thief has read in some copy, with the salt that its hint was made with. */
export type Loot = { serial: string; record: IdentityRecord; deviceSalt: Uint8Array }

const OWNER = { from: 4, to: 14 }
const NONCE = { from: 30, to: 42 }
/** What follows pinBox in a record: a torn copy that reaches so far gives it away. */
const AFTER_PIN_BOX = 104

/** Opens every copy that was ever written with every key that was ever kept. A torn copy has no tag, but its beginning decrypts all the same. */
export function openEverything(disk: Disk): Loot[] {
  const opened = disk.everWritten.flatMap((bytes) => decrypt(disk, bytes))
  const salts = opened.filter(({ owner, plaintext }) => owner === DEVICE_SALT && plaintext.length === DEVICE_SALT_BYTES)
  const [deviceSalt] = salts.map(({ plaintext }) => plaintext)
  if (deviceSalt === undefined) return []
  const boxes = new Map<string, Loot>()
  for (const { owner: serial, plaintext } of opened) {
    const record = plaintext.length < RECORD_BYTES - AFTER_PIN_BOX ? undefined : decodeRecord(Buffer.concat([plaintext], RECORD_BYTES))
    if (record === undefined || record.boxErased) continue
    boxes.set(Buffer.concat([record.pinSalt, record.pinBox]).toString('hex'), { serial, record, deviceSalt })
  }
  return [...boxes.values()]
}

/** AES-256-GCM is counter mode from block 2 on: whoever has the key needs no tag to read. */
function decrypt(disk: Disk, bytes: Uint8Array): { owner: string; plaintext: Buffer }[] {
  const key = disk.everKept.get(Buffer.from(bytes.subarray(OWNER.to, NONCE.from)).toString('hex'))
  if (key === undefined || bytes.length <= NONCE.to) return []
  const owner = Buffer.from(bytes.subarray(OWNER.from, OWNER.to)).toString()
  const length = owner === DEVICE_SALT ? DEVICE_SALT_BYTES : RECORD_BYTES
  const counter = Buffer.concat([bytes.subarray(NONCE.from, NONCE.to), Buffer.from([0, 0, 0, 2])])
  const plaintext = createDecipheriv('aes-256-ctr', key, counter).update(bytes.subarray(NONCE.to, NONCE.to + length))
  return [{ owner, plaintext }]
}

/** HMAC-SHA-256 (RFC 2104) of ASCII messages, made for millions of calls: a thief is in a hurry. Digests are strings of 32 characters. */
function macUnder(key: Uint8Array): (message: string) => string {
  const inner = Buffer.alloc(64 + 32, 0x36)
  const outer = Buffer.alloc(64 + 32, 0x5c)
  for (const [index, byte] of key.entries()) {
    inner[index] = byte ^ 0x36
    outer[index] = byte ^ 0x5c
  }
  return (message) => {
    const length = inner.write(message, 64, 'latin1')
    outer.write(hash('sha256', inner.subarray(0, 64 + length), 'latin1'), 64, 'latin1')
    return hash('sha256', outer, 'latin1')
  }
}

/** What a thief tries PINs with: all PINs of a universe, and each one's hint byte under each salt, computed once. */
export type Study = { universe: readonly string[]; bits: number; hintBytes: Map<string, Uint8Array> }

export function beginStudy(universe: readonly string[], bits: number): Study {
  return { universe, bits, hintBytes: new Map() }
}

function hintBytesUnder(study: Study, deviceSalt: Uint8Array): Uint8Array {
  const name = Buffer.from(deviceSalt).toString('hex')
  const known = study.hintBytes.get(name)
  if (known !== undefined) return known
  const mac = macUnder(deviceSalt)
  const bytes = Uint8Array.from(study.universe, (pin) => mac(`stp1/vault/hint${pin}`).charCodeAt(0))
  study.hintBytes.set(name, bytes)
  return bytes
}

/** The PINs that these boxes' hints all let through. */
export function throughHints(study: Study, loot: readonly Loot[]): string[] {
  const columns = loot.map(({ deviceSalt, record }) => ({ bytes: hintBytesUnder(study, deviceSalt), hint: record.pinHint }))
  const shift = 8 - study.bits
  return study.universe.filter((_pin, index) => columns.every(({ bytes, hint }) => (bytes[index] ?? 0) >> shift === hint))
}

/** What HKDF-Expand hashes for its first 32 bytes (RFC 5869, 2.3). */
const FIRST_BLOCK = 'stp1/vault/box\u0001'

/** Half of key(otp) as a PIN would open it from this box; the stand-in for Argon2id is one HMAC. */
function otpKey({ record }: Loot, pin: string): string {
  const pinKey = macUnder(record.pinSalt)(pin)
  const pad = macUnder(Buffer.from(pinKey, 'latin1'))(FIRST_BLOCK)
  let key = ''
  for (let index = 0; index < 16; index += 1) key += String.fromCharCode(pad.charCodeAt(index) ^ (record.pinBox[index] ?? 0))
  return key
}

/**
 * Joins every two boxes of each identity: the pairs of PINs that open two of them to the same keys.
 * Boxes of different keys have none; two boxes of the same keys give both PINs away.
 */
export function joinBoxes(study: Study, loot: readonly Loot[]): { first: string; second: string }[] {
  const found: { first: string; second: string }[] = []
  const opened = new Map<string, string>()
  for (const box of loot) {
    for (const pin of throughHints(study, [box])) {
      const key = `${box.serial}/${otpKey(box, pin)}`
      const first = opened.get(key)
      if (first !== undefined) found.push({ first, second: pin })
      opened.set(key, pin)
    }
  }
  return found
}
