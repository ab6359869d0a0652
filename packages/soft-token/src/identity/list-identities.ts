import type { Code } from '@latchkey/protocol/codes/code'
import type { Profile } from '@latchkey/protocol/codes/profile'
import type { SerialNumber } from '@latchkey/protocol/codes/serial-number'
import { FileUnreachable, KeyUnreachable, type Platform, type VaultFiles } from '../platform.ts'
import type { EnvelopeRefusal } from '../vault/envelope.ts'
import { withVault } from '../vault/files.ts'
import { PIN_TRIES } from './flow.ts'
import { type OpenIdentity, type OpenRefusal, openIdentity, serialsIn } from './opened-identity.ts'
import { stateOf } from './rules.ts'

/** What may be told of an identity without its PIN. Times in ms since 1970. */
export type IdentitySummary = {
  serial: SerialNumber
  label: string
  state: 'registering' | 'active' | 'locked'
  profile: Profile
  triesLeft: number
  resetCode: Code<'reset'>
  registrationCode: Code<'registration'> | undefined
  createdAt: number
  clockSetBackAt: number | undefined
  /** Which platform key seals it. */
  keyId: Uint8Array
}
/** An identity that is in the vault and cannot be read; it is left as it is. `unreachable`: the cause is where it is kept, and may pass. */
export type Unreadable = { serial: SerialNumber } & (
  | { error: EnvelopeRefusal }
  | { error: 'unreachable'; cause: KeyUnreachable | FileUnreachable }
)

/** All identities of the vault, by name, and the files that cannot be read. */
export function listIdentities(platform: Platform): Promise<{ identities: IdentitySummary[]; unreadable: Unreadable[] }> {
  return withVault(platform, async (files) => {
    const identities: IdentitySummary[] = []
    const unreadable: Unreadable[] = []
    for (const serial of await serialsIn(files)) {
      const opened = await lookAt(platform, files, serial)
      if (!('error' in opened)) identities.push(summaryOf(opened))
      else if (opened.error === 'unreachable') unreadable.push({ serial, error: opened.error, cause: opened.cause })
      else if (opened.error !== 'no-such-identity') unreadable.push({ serial, error: opened.error })
    }
    identities.sort((a, b) => a.label.localeCompare(b.label))
    return { identities, unreadable }
  })
}

/** Whether an identity other than `except` has this name. One that cannot be read has none that anyone could see. */
export async function isNameTaken(platform: Platform, files: VaultFiles, label: string, except: SerialNumber): Promise<boolean> {
  for (const serial of await serialsIn(files)) {
    const opened = await lookAt(platform, files, serial)
    if (serial !== except && !('error' in opened) && opened.record.label === label) return true
  }
  return false
}

/** Opens an identity; one whose key or file cannot be reached does not take the others away. */
export async function lookAt(
  platform: Platform,
  files: VaultFiles,
  serial: SerialNumber,
): Promise<OpenIdentity | OpenRefusal | { error: 'unreachable'; cause: KeyUnreachable | FileUnreachable }> {
  try {
    return await openIdentity(platform, files, serial)
  } catch (error) {
    if (error instanceof KeyUnreachable || error instanceof FileUnreachable) return { error: 'unreachable', cause: error }
    throw error
  }
}

function summaryOf({ serial, keyId, record }: OpenIdentity): IdentitySummary {
  const { label, profile, resetCode, registrationCode, createdAt, clockSetBackAt } = record
  const state = stateOf(record)
  const name = state.name === 'registering' || state.name === 'active' ? state.name : 'locked'
  const triesLeft = PIN_TRIES - record.failedPins
  return { serial, label, state: name, profile, triesLeft, resetCode, registrationCode, createdAt, clockSetBackAt, keyId }
}
