import type { StorageRefusal } from './vault.ts'

const FULL = 'QuotaExceededError'
/** What OPFS and IndexedDB say where the browser, not the program, is the reason. */
const BROWSER_REFUSES: ReadonlySet<string> = new Set([
  FULL,
  'AbortError',
  'InvalidStateError',
  'NoModificationAllowedError',
  'NotAllowedError',
  'NotFoundError',
  'NotReadableError',
  'SecurityError',
  'TimeoutError',
  'UnknownError',
  'VersionError',
])

/** Undefined if this is a failure of the program. */
export function storageRefusal(error: unknown): StorageRefusal | undefined {
  if (!(error instanceof DOMException) || !BROWSER_REFUSES.has(error.name)) return undefined
  return { ok: false, error: 'storage', full: error.name === FULL }
}
