import { addIdentity } from '@latchkey/soft-token/identity/add-identity'
import { confirmRegistration, renameIdentity } from '@latchkey/soft-token/identity/change-identity'
import { listIdentities } from '@latchkey/soft-token/identity/list-identities'
import { removeIdentity } from '@latchkey/soft-token/identity/remove-identity'
import { giveStepBack, showCode } from '@latchkey/soft-token/identity/show-code'
import { beginUnlock, discardUnlock, finishUnlock, type PendingUnlock } from '@latchkey/soft-token/identity/unlock-identity'
import { choosePin } from '@latchkey/soft-token/pins/choose-pin'
import type { Platform } from '@latchkey/soft-token/platform'
import { expose } from 'comlink'
import { argon2id, warmUpArgon2id } from './argon2id.ts'
import { type Known, know, knowAll, knowNoMore, knownIdentities, OFF_THE_LIST } from './known-identities.ts'
import { namedIn } from './named-in.ts'
import { openDatabase } from './open-database.ts'
import { opfsStorage } from './opfs-files.ts'
import { isSynchronous } from './opfs-folder.ts'
import { openPlatformKeys } from './platform-keys.ts'
import { storageRefusal } from './storage-refusal.ts'
import type { Listing, Lost, StorageRefusal, Vault } from './vault.ts'
import { webAead } from './web-aead.ts'

/** The vault as its page asks for it: what the page remembers comes with the question. */
export type VaultWorker = Omit<Vault, 'list'> & {
  list: (remembered: Lost[]) => Promise<Listing | StorageRefusal>
  /** Which part of the storage this browser does not have, seen from where it is used. */
  missing: () => Promise<'no-opfs' | 'no-indexeddb' | undefined>
}

const platform: Platform = {
  storage: opfsStorage,
  keys: openPlatformKeys(),
  aead: webAead,
  argon2id,
  draw: (length) => crypto.getRandomValues(new Uint8Array(length)),
  now: () => Date.now(),
}

/** The keys of an unlock between its code and its PIN. They never leave this worker. */
let pending: PendingUnlock | undefined
let turn: Promise<unknown> = Promise.resolve()

/** One call after another; what the browser refuses to store is a refusal, everything else that fails is thrown. */
function inTurn<T>(work: () => Promise<T>): Promise<T | StorageRefusal> {
  const mine = turn.then(work).catch((error: unknown) => {
    const refusal = storageRefusal(error)
    if (refusal === undefined) throw error
    return refusal
  })
  turn = mine.catch(() => undefined)
  return mine
}

const vault: VaultWorker = {
  missing: async () => ((await hasFiles()) ? ((await hasDatabase()) ? undefined : 'no-indexeddb') : 'no-opfs'),
  list: (remembered) => inTurn(() => list(remembered)),
  choosePin: async (minimum) => choosePin(minimum, platform.draw),
  add: (identity) =>
    inTurn(async () => {
      const added = await addIdentity(platform, identity)
      if (added.ok) await asFarAsPossible(know(identity))
      return added
    }),
  confirmRegistration: (serial, registered) => inTurn(() => confirmRegistration(platform, serial, registered)),
  showCode: (serial, pin) => inTurn(() => showCode(platform, serial, pin)),
  // A step that is not given back costs half a minute, and no more.
  giveStepBack: async (serial, shown) => void (await inTurn(() => giveStepBack(platform, serial, shown))),
  rename: (serial, label) =>
    inTurn(async () => {
      const renamed = await renameIdentity(platform, serial, label)
      if (renamed.ok) await asFarAsPossible(know({ serial, label }))
      return renamed
    }),
  beginUnlock: (serial, code) =>
    inTurn(async () => {
      discard()
      const begun = await beginUnlock(platform, serial, code)
      if (!begun.ok) return begun
      pending = begun
      return { ok: true, profile: begun.profile }
    }),
  finishUnlock: (pin) => inTurn(() => finish(pin)),
  discardUnlock: async () => void (await inTurn(async () => discard())),
  remove: (serial) =>
    inTurn(async () => {
      // Off the list first: a kill in between leaves an identity, which the next listing writes down again, and never a lost one.
      await knowNoMore(serial)
      return removeIdentity(platform, serial)
    }),
  forgetLost: (serial) =>
    inTurn(async () => {
      await knowNoMore(serial)
      return { ok: true }
    }),
  warmUp: warmUpArgon2id,
}

async function list(remembered: Lost[]): Promise<Listing> {
  const { identities, unreadable } = await listIdentities(platform)
  const labels: Known = new Map([...remembered.map(({ serial, label }) => [serial, label] as const), ...(await knownIdentities())])
  const here = new Set([...identities, ...unreadable].map(({ serial }) => serial))
  const lost = [...labels].flatMap(([serial, label]) => (here.has(serial) || label === OFF_THE_LIST ? [] : [{ serial, label }]))
  const listing = { identities, unreadable: unreadable.map((one) => ({ ...one, label: labels.get(one.serial) ?? undefined })), lost }
  await asFarAsPossible(knowAll(namedIn(listing)))
  return listing
}

async function finish(pin: string) {
  // Whoever has no keys in hand is told what a window is told whose keys another one has overtaken.
  if (pending === undefined) return { ok: false, error: 'changed' } as const
  const finished = await finishUnlock(platform, pending, pin)
  if (finished.ok || finished.error !== 'weak-pin') pending = undefined
  return finished
}

function discard(): void {
  if (pending !== undefined) discardUnlock(pending)
  pending = undefined
}

/** The list of names is written again at the next listing: that it cannot be now is no reason to refuse. */
async function asFarAsPossible(writing: Promise<void>): Promise<void> {
  try {
    await writing
  } catch (error) {
    if (storageRefusal(error) === undefined) throw error
  }
}

async function hasFiles(): Promise<boolean> {
  if (!('FileSystemFileHandle' in self) || !('createSyncAccessHandle' in FileSystemFileHandle.prototype)) return false
  return unlessRefused(isSynchronous)
}

function hasDatabase(): Promise<boolean> {
  return unlessRefused(async () => (await openDatabase()).objectStoreNames.contains('keys'))
}

/** Having no room is no reason not to open: what is in the vault needs none. */
async function unlessRefused(has: () => Promise<boolean>): Promise<boolean> {
  try {
    return await has()
  } catch (error) {
    const refusal = storageRefusal(error)
    if (refusal === undefined) throw error
    return refusal.full
  }
}

expose(vault)
