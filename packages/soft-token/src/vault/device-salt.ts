import type { Platform, VaultFiles } from '../platform.ts'
import { type EnvelopeRefusal, encloseWith } from './envelope.ts'
import { openFile } from './files.ts'
import { DEVICE_SALT_BYTES } from './pin-box.ts'

/** The name of the device salt's file, and its owner in the envelope. */
export const DEVICE_SALT = 'deviceSalt'

/** The installation's salt, or why it cannot be had. */
export async function openDeviceSalt(platform: Platform, files: VaultFiles): Promise<Uint8Array | EnvelopeRefusal> {
  const opened = await openFile(platform, files, DEVICE_SALT)
  return typeof opened === 'string' ? opened : opened.plaintext
}

/** Made once, before the first hint is computed with it; kept until the last identity goes (STP-1, 4). */
export async function openOrMakeDeviceSalt(platform: Platform, files: VaultFiles): Promise<Uint8Array | EnvelopeRefusal> {
  if ((await files.names()).includes(DEVICE_SALT)) {
    const salt = await openDeviceSalt(platform, files)
    if (salt !== 'vault-damaged' || (await hasIdentities(files))) return salt
    // A salt that does not open and that no identity uses: a kill came while it was made.
  }
  const salt = platform.draw(DEVICE_SALT_BYTES)
  const key = await platform.keys.draw()
  const bytes = await encloseWith(key.seal, key.id, DEVICE_SALT, salt)
  await files.replace(DEVICE_SALT, bytes, { beforeSwap: () => platform.keys.keep(key) })
  return salt
}

/** Whether any identity, readable or not, is in the vault. */
export async function hasIdentities(files: VaultFiles): Promise<boolean> {
  return (await files.names()).some((name) => name !== DEVICE_SALT)
}
