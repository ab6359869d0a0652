import type { Platform, VaultFiles } from '../platform.ts'
import { DEVICE_SALT, type EnvelopeRefusal, encloseWith } from './envelope.ts'
import { hasReadable, openFile, removeFile } from './files.ts'
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
  const key = await platform.keys.draw()
  const bytes = await encloseWith(key.seal, key.id, DEVICE_SALT, salt)
  await files.replace(DEVICE_SALT, bytes, { beforeSwap: () => platform.keys.keep(key) })
  return salt
}
