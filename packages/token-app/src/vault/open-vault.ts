import { wrap } from 'comlink'
import { scriptUrl } from '../browser/script-url.ts'
import type { Vault } from './vault.ts'
import workerUrl from './vault-worker.ts?worker&url'

export type OpenedVault = { ok: true; vault: Vault } | { ok: false; why: 'insecure' | 'missing' | 'refused' }

/** Starts the vault's worker, where this browser has what it needs. */
export async function openVault(): Promise<OpenedVault> {
  if (!isSecureContext) return { ok: false, why: 'insecure' }
  if (!hasParts()) return { ok: false, why: 'missing' }
  try {
    await navigator.storage.getDirectory()
  } catch {
    return { ok: false, why: 'refused' }
  }
  const worker = new Worker(scriptUrl(workerUrl), { type: 'module' })
  return { ok: true, vault: wrap<Vault>(worker) }
}

function hasParts(): boolean {
  return (
    'storage' in navigator &&
    'getDirectory' in navigator.storage &&
    'locks' in navigator &&
    'indexedDB' in globalThis &&
    'Worker' in globalThis &&
    'FileSystemFileHandle' in globalThis &&
    crypto.subtle !== undefined
  )
}
