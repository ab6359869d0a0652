import { forget } from '@latchkey/protocol/activation/keys'
import { isSerialNumber, type SerialNumber } from '@latchkey/protocol/codes/serial-number'
import type { KeyId, Platform, VaultFiles } from '../platform.ts'
import { type EnvelopeRefusal, encloseWith } from '../vault/envelope.ts'
import { openFile, replaceUnderFreshKey, withVault } from '../vault/files.ts'
import { hintBits, PIN_BOX_BYTES, PIN_SALT_BYTES } from '../vault/pin-box.ts'
import { decodeRecord, encodeRecord, type IdentityRecord } from '../vault/record.ts'
import { stateOf } from './rules.ts'

/** Why an identity cannot be opened; its file is left as it is. */
export type OpenRefusal = { ok: false; error: EnvelopeRefusal | 'no-such-identity' }
/** An identity whose record is in hand, while nobody else may use the vault. */
export type OpenIdentity = { serial: SerialNumber; keyId: KeyId; record: IdentityRecord }

/** Runs `work` on one identity, alone. A lock that a kill interrupted is finished first (STP-1, 4). */
export function withIdentity<T>(
  platform: Platform,
  serial: SerialNumber,
  work: (files: VaultFiles, identity: OpenIdentity) => Promise<T>,
): Promise<T | OpenRefusal> {
  return withVault(platform, async (files) => {
    const identity = await openIdentity(platform, files, serial)
    return 'error' in identity ? identity : work(files, identity)
  })
}

/** Opens one identity's record; what is found at five counted PINs is locked before it is handed on. */
export async function openIdentity(platform: Platform, files: VaultFiles, serial: SerialNumber): Promise<OpenIdentity | OpenRefusal> {
  if (!(await files.names()).includes(serial)) return { ok: false, error: 'no-such-identity' }
  const opened = await openFile(platform, files, serial)
  if (typeof opened === 'string') return { ok: false, error: opened }
  const record = decodeRecord(opened.plaintext)
  forget(opened.plaintext)
  if (record === undefined) return { ok: false, error: 'vault-damaged' }
  const identity = { serial, keyId: opened.keyId, record }
  return stateOf(record).name === 'last-try' ? lock(platform, files, identity) : identity
}

/**
 * Overwrites pinBox, pinSalt and pinHint with random bytes: from now on no PIN opens this copy (STP-1, 4). Under a fresh platform key,
 * so that whatever a medium keeps of the bytes that were overwritten cannot be read either.
 */
export async function lock(platform: Platform, files: VaultFiles, identity: OpenIdentity): Promise<OpenIdentity> {
  const [hintByte = 0] = platform.draw(1)
  const record = {
    ...identity.record,
    boxErased: true,
    pinBox: platform.draw(PIN_BOX_BYTES),
    pinSalt: platform.draw(PIN_SALT_BYTES),
    pinHint: hintByte >> (8 - hintBits(identity.record.profile.pinMinimum)),
  }
  const keyId = await saveUnderFreshKey(platform, files, identity.serial, record, identity.keyId)
  return { ...identity, keyId, record }
}

/** Stores a changed record under the key that the identity has. Durable when it returns. */
export async function save(platform: Platform, files: VaultFiles, identity: OpenIdentity, record: IdentityRecord): Promise<OpenIdentity> {
  const plaintext = encodeRecord(record)
  const seal = (text: Uint8Array, additional: Uint8Array): Promise<Uint8Array> => platform.keys.seal(identity.keyId, text, additional)
  await files.replace(identity.serial, await encloseWith(seal, identity.keyId, identity.serial, plaintext))
  forget(plaintext)
  return { ...identity, record }
}

/** Stores a record under a fresh platform key; the one that it had goes. */
export async function saveUnderFreshKey(
  platform: Platform,
  files: VaultFiles,
  serial: SerialNumber,
  record: IdentityRecord,
  oldKey: KeyId | undefined,
): Promise<KeyId> {
  const plaintext = encodeRecord(record)
  const keyId = await replaceUnderFreshKey(platform, files, serial, plaintext, { oldKey })
  forget(plaintext)
  return keyId
}

/** The serial numbers of all identities in the vault, readable or not. */
export async function serialsIn(files: VaultFiles): Promise<SerialNumber[]> {
  return (await files.names()).filter((name) => isSerialNumber(name)).sort()
}
