import { type Remote, wrap } from 'comlink'
import { scriptUrl } from '../browser/script-url.ts'
import { forgetName, withKeptNames } from './kept-names.ts'
import type { Listing, Vault } from './vault.ts'
import workerUrl from './vault-worker.ts?worker&url'

/** `insecure`: browsers give no keys to plain http. `missing`: a part that is not there. `refused`: storage that the browser does not open. */
export type OpenedVault = { ok: true; vault: Vault; first: Listing } | { ok: false; why: 'insecure' | 'missing' | 'refused' }

/** Starts the vault's worker, where this browser has what it needs, and reads what is in it. */
export async function openVault(): Promise<OpenedVault> {
  if (!isSecureContext) return { ok: false, why: 'insecure' }
  if (!hasParts()) return { ok: false, why: 'missing' }
  const worker = new Worker(scriptUrl(workerUrl), { type: 'module' })
  const broken = new Promise<undefined>((resolve) => {
    worker.onerror = () => resolve(undefined)
  })
  const vault = onPage(wrap<Vault>(worker))
  const first = await Promise.race([vault.list().catch(() => undefined), broken])
  return first === undefined || 'error' in first ? { ok: false, why: 'refused' } : { ok: true, vault, first }
}

function hasParts(): boolean {
  return (
    'getDirectory' in (navigator.storage ?? {}) &&
    'locks' in navigator &&
    'indexedDB' in globalThis &&
    'FileSystemFileHandle' in globalThis &&
    crypto.subtle !== undefined
  )
}

/** The worker's verbs, and what only a page can do beside them: keep the names, and ask the browser to keep the storage. */
function onPage(worker: Remote<Vault>): Vault {
  return {
    list: async () => {
      const listing = await worker.list()
      return 'error' in listing ? listing : withKeptNames(listing)
    },
    choosePin: (minimum) => worker.choosePin(minimum),
    add: async (identity) => {
      const added = await worker.add(identity)
      if (added.ok) await navigator.storage.persist?.()
      return added
    },
    confirmRegistration: (serial, registered) => worker.confirmRegistration(serial, registered),
    showCode: (serial, pin) => worker.showCode(serial, pin),
    giveStepBack: (serial, shown) => worker.giveStepBack(serial, shown),
    rename: (serial, label) => worker.rename(serial, label),
    beginUnlock: (serial, code) => worker.beginUnlock(serial, code),
    finishUnlock: (pin) => worker.finishUnlock(pin),
    discardUnlock: () => worker.discardUnlock(),
    remove: async (serial) => {
      const removed = await worker.remove(serial)
      if (typeof removed === 'boolean') forgetName(serial)
      return removed
    },
    forgetLost: async (serial) => {
      await worker.forgetLost(serial)
      forgetName(serial)
    },
    warmUp: () => worker.warmUp(),
  }
}
