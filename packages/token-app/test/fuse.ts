import type { Page } from 'playwright'

declare global {
  var stepsLeft: number
}

/**
 * Lets the vault's worker take so many more steps on the medium; the next one is torn in the middle, and none comes after it, as if the
 * machine had been switched off there.
 */
export async function breakAfter(page: Page, steps: number): Promise<void> {
  await vaultWorkerOf(page).evaluate((left) => {
    globalThis.stepsLeft = left
    const step = (tear?: () => void): void => {
      globalThis.stepsLeft -= 1
      if (globalThis.stepsLeft === -1) tear?.()
      if (globalThis.stepsLeft < 0) throw new Error('switched off')
    }
    const files = Reflect.get(self, 'FileSystemSyncAccessHandle')
    const { write, truncate } = files.prototype
    files.prototype.write = function (bytes: Uint8Array, options: unknown) {
      step(() => write.call(this, bytes.subarray(0, bytes.length >> 1), options))
      return write.call(this, bytes, options)
    }
    files.prototype.truncate = function (size: number) {
      step()
      return truncate.call(this, size)
    }
    const { put, delete: erase } = IDBObjectStore.prototype
    IDBObjectStore.prototype.put = function (...all) {
      step()
      return put.apply(this, all)
    }
    IDBObjectStore.prototype.delete = function (...all) {
      step()
      return erase.apply(this, all)
    }
    const { removeEntry } = FileSystemDirectoryHandle.prototype
    FileSystemDirectoryHandle.prototype.removeEntry = async function (...all) {
      step()
      return removeEntry.apply(this, all)
    }
  }, steps)
}

/** Whether the worker took every step that it wanted to. */
export async function isWhole(page: Page): Promise<boolean> {
  return vaultWorkerOf(page).evaluate(() => globalThis.stepsLeft >= 0)
}

function vaultWorkerOf(page: Page) {
  const worker = page.workers().find((one) => one.url().includes('vault-worker'))
  if (worker === undefined) throw new Error('the vault has no worker')
  return worker
}
