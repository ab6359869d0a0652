import type { SerialNumber } from '@latchkey/protocol/codes/serial-number'
import { type Remote, wrap } from 'comlink'
import { scriptUrl } from '../browser/script-url.ts'
import { namedIn } from './named-in.ts'
import { remember, remembered } from './remembered.ts'
import type { Lost, Vault } from './vault.ts'
import type { VaultWorker } from './vault-worker.ts'
import url from './vault-worker.ts?worker&url'

/** What a browser lacks. `insecure`: the page did not come by https, nor from this machine. */
export type Missing = 'insecure' | 'no-workers' | 'no-wasm' | 'no-webcrypto' | 'no-locks' | 'no-indexeddb' | 'no-opfs'
export type Opened = { ok: true; vault: Vault } | { ok: false; why: Missing }

/** Tabs remember and forget one after another: a list that is older than a removal would call what was removed lost. */
const LOCK = 'latchkey-remembered'

/** Starts the vault's worker, if this browser has all that it needs. To be called once by a page. */
export async function openVault(): Promise<Opened> {
  const missing = missingHere()
  if (missing !== undefined) return { ok: false, why: missing }
  const worker = new Worker(scriptUrl(url), { type: 'module' })
  const remote = wrap<VaultWorker>(worker)
  const why = await Promise.race([remote.missing(), failureOf(worker)])
  if (why === undefined) return { ok: true, vault: rememberingVault(remote) }
  worker.terminate()
  return { ok: false, why }
}

/** Asks the browser not to take the vault away when the disk is full; whether it promised. Some ask the person. */
export async function keepStorage(): Promise<boolean> {
  return (await navigator.storage.persisted()) || (await navigator.storage.persist())
}

function missingHere(): Missing | undefined {
  if (!isSecureContext) return 'insecure'
  if (!('Worker' in self)) return 'no-workers'
  if (!('WebAssembly' in self)) return 'no-wasm'
  if (!('crypto' in self) || !('subtle' in crypto)) return 'no-webcrypto'
  if (!('locks' in navigator)) return 'no-locks'
  if (!('indexedDB' in self)) return 'no-indexeddb'
  return 'storage' in navigator && 'getDirectory' in navigator.storage ? undefined : 'no-opfs'
}

function failureOf(worker: Worker): Promise<'no-workers'> {
  return new Promise((resolve) => worker.addEventListener('error', () => resolve('no-workers'), { once: true }))
}

/** The vault, and the page's own memory of what is in it: workers have none. */
function rememberingVault(remote: Remote<VaultWorker>): Vault {
  return {
    choosePin: (minimum) => remote.choosePin(minimum),
    confirmRegistration: (serial, registered) => remote.confirmRegistration(serial, registered),
    showCode: (serial, pin) => remote.showCode(serial, pin),
    giveStepBack: (serial, shown) => remote.giveStepBack(serial, shown),
    beginUnlock: (serial, code) => remote.beginUnlock(serial, code),
    finishUnlock: (pin) => remote.finishUnlock(pin),
    discardUnlock: () => remote.discardUnlock(),
    warmUp: () => remote.warmUp(),
    list: () => alone(() => list(remote)),
    add: (identity) => alone(() => add(remote, identity)),
    rename: (serial, label) =>
      alone(async () => {
        const renamed = await remote.rename(serial, label)
        if (renamed.ok) rememberOne({ serial, label })
        return renamed
      }),
    // Off the list first, as in the worker.
    remove: (serial) =>
      alone(async () => {
        rememberNoMore(serial)
        return await remote.remove(serial)
      }),
    forgetLost: (serial) =>
      alone(async () => {
        rememberNoMore(serial)
        return await remote.forgetLost(serial)
      }),
  }
}

const list = async (remote: Remote<VaultWorker>): ReturnType<Vault['list']> => {
  const listing = await remote.list(remembered())
  if (!('ok' in listing)) remember(namedIn(listing))
  return listing
}

const add = async (remote: Remote<VaultWorker>, identity: Parameters<Vault['add']>[0]): ReturnType<Vault['add']> => {
  const added = await remote.add(identity)
  if (!added.ok) return added
  rememberOne(identity)
  // Not waited for: some browsers ask the person, who may take their time.
  keepStorage().catch(() => undefined)
  return added
}

function rememberOne({ serial, label }: Lost): void {
  remember([...remembered().filter((one) => one.serial !== serial), { serial, label }])
}

function rememberNoMore(serial: SerialNumber): void {
  remember(remembered().filter((one) => one.serial !== serial))
}

function alone<T>(work: () => Promise<T>): Promise<T> {
  return navigator.locks.request(LOCK, work)
}
