import type { Code } from '@latchkey/protocol/codes/code'
import type { SerialNumber } from '@latchkey/protocol/codes/serial-number'
import type { Added, AddRefusal, NewIdentity } from '@latchkey/soft-token/identity/add-identity'
import type { IdentitySummary, Unreadable } from '@latchkey/soft-token/identity/list-identities'
import type { OpenRefusal } from '@latchkey/soft-token/identity/opened-identity'
import type { CodeRefusal, ShownCode } from '@latchkey/soft-token/identity/show-code'
import type { FinishRefusal, PendingUnlock, Unlocked, UnlockRefusal } from '@latchkey/soft-token/identity/unlock-identity'

/** An identity that was here, and whose file or key the browser has taken away. */
export type Lost = { serial: SerialNumber; label: string }
export type Listing = { identities: IdentitySummary[]; unreadable: (Unreadable & { label: string | undefined })[]; lost: Lost[] }

/** A right unlock code; the keys stay in the worker until a PIN is chosen. */
export type UnlockBegun = { ok: true; profile: PendingUnlock['profile'] }
/** The browser refused to write: nothing was changed. `full`: it has no room left. */
export type StorageRefusal = { ok: false; error: 'storage'; full: boolean }

/** What the screens ask of the vault, which lives in a worker of its own: keys never leave it. One step of a person at a time. */
export type Vault = {
  list: () => Promise<Listing | StorageRefusal>
  choosePin: (minimum: 6 | 8) => Promise<string>
  add: (identity: NewIdentity) => Promise<Added | AddRefusal | StorageRefusal>
  confirmRegistration: (serial: SerialNumber, registered: Code<'registration'>) => Promise<{ ok: true } | OpenRefusal | StorageRefusal>
  showCode: (serial: SerialNumber, pin: string) => Promise<ShownCode | CodeRefusal | StorageRefusal>
  giveStepBack: (serial: SerialNumber, shown: Pick<ShownCode, 'step' | 'keySet'>) => Promise<void>
  rename: (serial: SerialNumber, label: string) => Promise<{ ok: true } | { ok: false; error: 'name-taken' } | OpenRefusal | StorageRefusal>
  beginUnlock: (serial: SerialNumber, code: Code<'unlock'>) => Promise<UnlockBegun | UnlockRefusal | StorageRefusal>
  finishUnlock: (pin: string) => Promise<Unlocked | FinishRefusal | StorageRefusal>
  discardUnlock: () => Promise<void>
  remove: (serial: SerialNumber) => Promise<boolean | StorageRefusal>
  /** Takes a lost identity off the list. */
  forgetLost: (serial: SerialNumber) => Promise<{ ok: true } | StorageRefusal>
  /** Starts what a PIN will need, so that its code comes sooner. */
  warmUp: () => Promise<void>
}
