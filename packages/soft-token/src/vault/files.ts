import { equalBytes } from '@latchkey/protocol/equal-bytes'
import type { Copy, KeyId, Platform, VaultFiles } from '../platform.ts'
import { disclose, type EnvelopeRefusal, keyIdOf, parseEnvelope } from './envelope.ts'

/** A file's content, opened, and the key that it is sealed under. */
export type Opened = { keyId: KeyId; plaintext: Uint8Array }

/** Runs `work` alone, after finishing what a kill interrupted: removals, and files made for the first time. */
export function withVault<T>(platform: Platform, work: (files: VaultFiles) => Promise<T>): Promise<T> {
  return platform.storage.exclusively(async (files) => {
    for (const name of await files.removals()) await removeFile(platform, files, name)
    for (const name of await files.unfinished()) {
      if ((await openFile(platform, files, name)) === 'vault-damaged') await removeFile(platform, files, name)
    }
    return work(files)
  })
}

/** Takes a file away together with the keys that its copies name. The keys go first: without them the bytes say nothing. */
export function removeFile(platform: Platform, files: VaultFiles, name: string): Promise<void> {
  return files.remove(name, async (bytes) => {
    const keyId = keyIdOf(bytes)
    if (keyId !== undefined) await platform.keys.forget(keyId)
  })
}

/**
 * Opens a file. A staged copy counts if it opens: its key was kept, so its replacement is finished now; if its key was not, it is as if
 * the replacement had never begun. Else what is in place counts, and an old copy only where nothing is: a kill came between the two steps of the swap.
 * A file that does not open is left as it is.
 */
export async function openFile(platform: Platform, files: VaultFiles, name: string): Promise<Opened | EnvelopeRefusal> {
  const copies = await files.read(name)
  for (const copy of candidatesAmong(copies)) {
    const opened = await openCopy(platform, name, copy)
    if (opened === 'vault-newer') return opened
    if (opened === 'vault-damaged') continue
    if (copies.length > 1 || copy.role !== 'current') await settleOn(platform, files, name, copies, copy, opened.keyId)
    return opened
  }
  return 'vault-damaged'
}

function candidatesAmong(copies: Copy[]): Copy[] {
  const inPlace = copies.some((copy) => copy.role === 'current')
  return copies.filter((copy) => copy.role !== 'old' || !inPlace)
}

async function openCopy(platform: Platform, name: string, copy: Copy): Promise<Opened | EnvelopeRefusal> {
  const envelope = parseEnvelope(copy.bytes, name)
  if (typeof envelope === 'string') return envelope
  const plaintext = await disclose(platform.keys, envelope)
  return plaintext === undefined ? 'vault-damaged' : { keyId: envelope.keyId, plaintext }
}

async function settleOn(platform: Platform, files: VaultFiles, name: string, copies: Copy[], chosen: Copy, keyId: KeyId): Promise<void> {
  for (const copy of copies) {
    const otherKey = keyIdOf(copy.bytes)
    if (otherKey !== undefined && !equalBytes(otherKey, keyId)) await platform.keys.forget(otherKey)
  }
  await files.settle(name, chosen)
}
