import type { Code } from '@latchkey/protocol/codes/code'
import type { SerialNumber } from '@latchkey/protocol/codes/serial-number'
import type { Platform } from '../platform.ts'
import { isNameTaken } from './list-identities.ts'
import { type OpenRefusal, save, withIdentity } from './opened-identity.ts'

/** The person says that this registration code is registered: it is erased at once (STP-1, 2), if it is still the one that the vault holds. */
export async function confirmRegistration(
  platform: Platform,
  serial: SerialNumber,
  registered: Code<'registration'>,
): Promise<{ ok: true } | OpenRefusal> {
  return withIdentity(platform, serial, async (files, identity) => {
    if (identity.record.registrationCode === registered) {
      await save(platform, files, identity, { ...identity.record, registrationCode: undefined })
    }
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
    if (await isNameTaken(platform, files, label, serial)) return { ok: false, error: 'name-taken' }
    await save(platform, files, identity, { ...identity.record, label })
    return { ok: true }
  })
}
