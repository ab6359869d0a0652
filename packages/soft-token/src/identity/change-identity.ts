import type { SerialNumber } from '@latchkey/protocol/codes/serial-number'
import type { Platform } from '../platform.ts'
import { type OpenRefusal, openIdentity, save, serialsIn, withIdentity } from './opened-identity.ts'

/** The person says that the registration code is registered: it is erased at once (STP-1, 2). */
export async function confirmRegistration(platform: Platform, serial: SerialNumber): Promise<{ ok: true } | OpenRefusal> {
  return withIdentity(platform, serial, async (files, identity) => {
    await save(platform, files, identity, { ...identity.record, registrationCode: undefined })
    return { ok: true }
  })
}

/** Gives an identity another name, as `nameOf` gives it. */
export async function renameIdentity(
  platform: Platform,
  serial: SerialNumber,
  label: string,
): Promise<{ ok: true } | { ok: false; error: 'name-taken' } | OpenRefusal> {
  return withIdentity(platform, serial, async (files, identity) => {
    for (const other of await serialsIn(files)) {
      const opened = await openIdentity(platform, files, other)
      if (other !== serial && !('error' in opened) && opened.record.label === label) return { ok: false, error: 'name-taken' }
    }
    await save(platform, files, identity, { ...identity.record, label })
    return { ok: true }
  })
}
