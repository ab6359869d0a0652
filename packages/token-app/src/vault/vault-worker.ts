import { addIdentity } from '@latchkey/soft-token/identity/add-identity'
import { confirmRegistration, renameIdentity } from '@latchkey/soft-token/identity/change-identity'
import { listIdentities } from '@latchkey/soft-token/identity/list-identities'
import { removeIdentity } from '@latchkey/soft-token/identity/remove-identity'
import { giveStepBack, showCode } from '@latchkey/soft-token/identity/show-code'
import { beginUnlock, discardUnlock, finishUnlock, type PendingUnlock } from '@latchkey/soft-token/identity/unlock-identity'
import { choosePin } from '@latchkey/soft-token/pins/choose-pin'
import type { Platform } from '@latchkey/soft-token/platform'
import { expose } from 'comlink'
import { openArgon2id } from './argon2id.ts'
import { withLosses } from './known-identities.ts'
import { openDatabase, type VaultDatabase } from './open-database.ts'
import { openOpfsStorage } from './opfs-files.ts'
import { openPlatformKeys } from './platform-keys.ts'
import type { StorageRefusal, Vault } from './vault.ts'
import { webAead } from './web-aead.ts'

const FOLDER = 'vault'
const draw = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length))
const argon2id = openArgon2id()
const opening = openDatabase()

async function platformOf(): Promise<{ platform: Platform; database: VaultDatabase }> {
  const database = await opening
  const keys = openPlatformKeys(database, draw)
  return { platform: { storage: openOpfsStorage(FOLDER), keys, aead: webAead, argon2id: argon2id.run, draw, now: Date.now }, database }
}

/** A right unlock code whose PIN is not chosen yet: its keys are here and nowhere else. */
let pending: PendingUnlock | undefined

function discardPending(): void {
  if (pending !== undefined) discardUnlock(pending)
  pending = undefined
}

/** What the browser's storage refuses is a refusal; anything else is a fault of ours. */
async function stored<T>(work: (platform: Platform, database: VaultDatabase) => Promise<T>): Promise<T | StorageRefusal> {
  try {
    const { platform, database } = await platformOf()
    return await work(platform, database)
  } catch (error) {
    if (error instanceof DOMException) return { ok: false, error: 'storage', full: error.name === 'QuotaExceededError' }
    throw error
  }
}

const vault: Vault = {
  list: () => stored(async (platform, database) => withLosses(database, await listIdentities(platform))),
  choosePin: async (minimum) => choosePin(minimum, draw),
  add: (identity) => stored((platform) => addIdentity(platform, identity)),
  confirmRegistration: (serial, registered) => stored((platform) => confirmRegistration(platform, serial, registered)),
  showCode: (serial, pin) => stored((platform) => showCode(platform, serial, pin)),
  giveStepBack: async (serial, shown) => {
    await stored((platform) => giveStepBack(platform, serial, shown))
  },
  rename: (serial, label) => stored((platform) => renameIdentity(platform, serial, label)),
  beginUnlock: (serial, code) =>
    stored(async (platform) => {
      discardPending()
      const begun = await beginUnlock(platform, serial, code)
      if (!begun.ok) return begun
      pending = begun
      return { ok: true, profile: begun.profile }
    }),
  finishUnlock: (pin) =>
    stored(async (platform) => {
      if (pending === undefined) return { ok: false, error: 'changed' }
      const finished = await finishUnlock(platform, pending, pin)
      if (finished.ok || finished.error !== 'weak-pin') pending = undefined
      return finished
    }),
  discardUnlock: async () => discardPending(),
  remove: (serial) =>
    stored(async (platform, database) => {
      const removed = await removeIdentity(platform, serial)
      await database.delete('known', serial)
      return removed
    }),
  forgetLost: async (serial) => {
    await stored((_platform, database) => database.delete('known', serial))
  },
  warmUp: async () => argon2id.warmUp(),
}

expose(vault)
