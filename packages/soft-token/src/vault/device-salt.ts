import type { KeyId, Platform, VaultFiles } from '../platform.ts'
import { DEVICE_SALT, type EnvelopeRefusal, keyIdOf } from './envelope.ts'
import { hasReadable, openFile, removeFile, replaceUnderFreshKey } from './files.ts'
import { DEVICE_SALT_BYTES } from './pin-box.ts'

/** The installation's salt, or why it cannot be had. */
export async function openDeviceSalt(platform: Platform, files: VaultFiles): Promise<Uint8Array | EnvelopeRefusal> {
  const opened = await openFile(platform, files, DEVICE_SALT)
  return typeof opened === 'string' ? opened : opened.plaintext
}

/**
 * Made once, before the first hint is computed with it; kept until the last identity goes (STP-1, 4). Where identities that can be read rest on
 * a salt that is damaged or missing, none is made: hints under two salts would add up, and right PINs would lock the others.
 */
export async function openOrMakeDeviceSalt(platform: Platform, files: VaultFiles): Promise<Uint8Array | EnvelopeRefusal> {
  const known = await openDeviceSalt(platform, files)
  if (known !== 'vault-damaged' || (await hasReadable(platform, files))) return known
  await removeFile(platform, files, DEVICE_SALT)
  const salt = platform.draw(DEVICE_SALT_BYTES)
  await replaceUnderFreshKey(platform, files, DEVICE_SALT, salt)
  return salt
}

/**
 * Seals the salt under a key as near as an identity's, if its own is not: a keyring that is away must not take along an identity whose key is
 * in a file. Where one key is nearer than the other identities need, nothing is given away: the salt says nothing without their records.
 */
export async function keepSaltNear(platform: Platform, files: VaultFiles, salt: Uint8Array, identityKey: KeyId): Promise<void> {
  const [copy] = await files.read(DEVICE_SALT)
  const oldKey = copy === undefined ? undefined : keyIdOf(copy.bytes, DEVICE_SALT)
  if (oldKey === undefined || platform.keys.isAsNear(oldKey, identityKey)) return
  await replaceUnderFreshKey(platform, files, DEVICE_SALT, salt, { oldKey, beside: identityKey })
}
