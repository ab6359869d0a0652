import type { CDPSession, Page } from 'playwright'

/** A file of the vault as it is on the medium. */
export async function fileOf(page: Page, name: string): Promise<Uint8Array> {
  const bytes = await page.evaluate(async (wanted) => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('vault')
    const file = await (await folder.getFileHandle(wanted)).getFile()
    return Array.from(new Uint8Array(await file.arrayBuffer()))
  }, name)
  return Uint8Array.from(bytes)
}

/** Somebody else writes a file of the vault. */
export async function writeFile(page: Page, name: string, bytes: Uint8Array): Promise<void> {
  await page.evaluate(
    async ({ wanted, content }) => {
      const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('vault', { create: true })
      const writable = await (await folder.getFileHandle(wanted, { create: true })).createWritable()
      await writable.write(Uint8Array.from(content))
      await writable.close()
    },
    { wanted: name, content: [...bytes] },
  )
}

/** The browser, or somebody, takes files away. */
export async function deleteFiles(page: Page, ...names: string[]): Promise<void> {
  await page.evaluate(async (all) => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('vault')
    for (const name of all) await folder.removeEntry(name)
  }, names)
}

export function fileNames(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('vault', { create: true })
    const names: string[] = []
    for await (const name of folder.keys()) names.push(name)
    return names.sort()
  })
}

/** The ids of the platform keys, and whether a script can get at any key's bytes. */
export function keysOf(page: Page): Promise<{ ids: string[]; exported: number; extractable: number }> {
  return page.evaluate(async () => {
    const request = indexedDB.open('latchkey')
    await new Promise((resolve) => request.addEventListener('success', resolve))
    const store = request.result.transaction('keys').objectStore('keys')
    const [ids, keys] = [store.getAllKeys(), store.getAll()]
    await new Promise((resolve) => keys.addEventListener('success', resolve))
    request.result.close()
    const found: CryptoKey[] = keys.result
    const exports = await Promise.allSettled(
      found.flatMap((key) => [crypto.subtle.exportKey('raw', key), crypto.subtle.exportKey('jwk', key)]),
    )
    return {
      ids: ids.result.map(String),
      exported: exports.filter(({ status }) => status === 'fulfilled').length,
      extractable: found.filter(({ extractable }) => extractable).length,
    }
  })
}

/** The browser, or somebody, takes every platform key away. */
export function deleteKeys(page: Page): Promise<void> {
  return page.evaluate(async () => {
    const request = indexedDB.open('latchkey')
    await new Promise((resolve) => request.addEventListener('success', resolve))
    const change = request.result.transaction('keys', 'readwrite')
    change.objectStore('keys').clear()
    await new Promise((resolve) => change.addEventListener('complete', resolve))
    request.result.close()
  })
}

/** How much the browser lets the origin store, in bytes. */
export async function setQuota(page: Page, bytes: number): Promise<void> {
  const session: CDPSession = await page.context().newCDPSession(page)
  await session.send('Storage.overrideQuotaForOrigin', { origin: new URL(page.url()).origin, quotaSize: bytes })
}
