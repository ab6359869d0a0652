import type { SerialNumber } from '@latchkey/protocol/codes/serial-number'
import type { Platform } from '../platform.ts'
import { DEVICE_SALT } from '../vault/envelope.ts'
import { hasIdentities, removeFile, withVault } from '../vault/files.ts'

/**
 * Takes an identity away for good, its platform key first; readable or not. The device salt goes with the last one (STP-1, 4).
 * @returns whether there was such an identity
 */
export function removeIdentity(platform: Platform, serial: SerialNumber): Promise<boolean> {
  return withVault(platform, async (files) => {
    if (!(await files.names()).includes(serial)) return false
    await removeFile(platform, files, serial)
    if (!(await hasIdentities(files))) await removeFile(platform, files, DEVICE_SALT)
    return true
  })
}
