import { forget } from '@latchkey/protocol/activation/keys'
import { equalBytes } from '@latchkey/protocol/equal-bytes'
import { type Copy, FileUnreachable, type KeyId, KeyUnreachable, type Platform, type VaultFiles } from '../platform.ts'
import { DEVICE_SALT, disclose, type EnvelopeRefusal, encloseWith, keyIdOf, parseEnvelope } from './envelope.ts'

/** A file's content, opened, and the key that it is sealed under. */
export type Opened = { keyId: KeyId; plaintext: Uint8Array }

/**
 * Runs `work` alone, after finishing what a kill interrupted: removals, files made for the first time, and the going of the device salt
 * after the last identity.
 */
export function withVault<T>(platform: Platform, work: (files: VaultFiles) => Promise<T>): Promise<T> {
  return platform.storage.exclusively(async (files) => {
    for (const name of await files.removals()) await unlessUnreachable(() => removeFile(platform, files, name))
    for (const name of await files.unfinished()) await unlessUnreachable(() => finish(platform, files, name))
    if ((await files.names()).includes(DEVICE_SALT) && !(await hasIdentities(files))) {
      await unlessUnreachable(() => removeLeftSalt(platform, files))
    }
    return work(files)
  })
}

/** What cannot be had now is finished another time: the other files do not wait for it. */
async function unlessUnreachable(step: () => Promise<void>): Promise<void> {
  try {
    await step()
  } catch (error) {
    if (!(error instanceof FileUnreachable)) throw error
  }
}

/**
 * Whoever made a file for the first time was told that it failed, or was killed before anything was shown: where its key cannot be reached it
 * is dropped as well, or it would stand in the way for as long as the key's place is away.
 */
async function finish(platform: Platform, files: VaultFiles, name: string): Promise<void> {
  const opened = await openIfReached(platform, files, name)
  if (opened === 'vault-damaged' || opened === undefined) await removeFile(platform, files, name)
}

async function removeLeftSalt(platform: Platform, files: VaultFiles): Promise<void> {
  if ((await openIfReached(platform, files, DEVICE_SALT)) !== 'vault-newer') await removeFile(platform, files, DEVICE_SALT)
}

/** Whether any identity, readable or not, is in the vault. */
export async function hasIdentities(files: VaultFiles): Promise<boolean> {
  return (await identityFiles(files)).length > 0
}

/** Whether any identity can be read, or could be by a newer version. @throws KeyUnreachable if that cannot be known now */
export async function hasReadable(platform: Platform, files: VaultFiles): Promise<boolean> {
  for (const name of await identityFiles(files)) {
    const opened = await openFile(platform, files, name)
    if (typeof opened !== 'string') forget(opened.plaintext)
    if (opened !== 'vault-damaged') return true
  }
  return false
}

async function identityFiles(files: VaultFiles): Promise<string[]> {
  return [...(await files.names()), ...(await files.unfinished())].filter((name) => name !== DEVICE_SALT)
}

/**
 * Takes a file away together with the keys that its copies name. The keys go first: without them the bytes say nothing. A key that cannot be
 * reached stays where it is: it opens nothing any more.
 */
export function removeFile(platform: Platform, files: VaultFiles, name: string): Promise<void> {
  return files.remove(name, async (bytes) => {
    const keyId = keyIdOf(bytes, name)
    if (keyId !== undefined) await forgetIfReached(platform, keyId)
  })
}

/**
 * Stores a file under a fresh platform key, kept beside another one if that is given. Until the bytes are whole on disk the key is in memory
 * alone, so a kill before that leaves bytes that nothing opens; once it is kept, every later start finishes the replacement. The old key goes as
 * soon as the old bytes are out of the way.
 */
export async function replaceUnderFreshKey(
  platform: Platform,
  files: VaultFiles,
  name: string,
  plaintext: Uint8Array,
  { oldKey, beside }: { oldKey?: KeyId | undefined; beside?: KeyId } = {},
): Promise<KeyId> {
  const key = await platform.keys.draw(beside)
  const bytes = await encloseWith(key.seal, key.id, name, plaintext)
  await files.replace(name, bytes, {
    beforeSwap: () => platform.keys.keep(key),
    afterSwap: async () => {
      if (oldKey !== undefined) await platform.keys.forget(oldKey)
    },
  })
  return key.id
}

/** Undefined if the key cannot be reached now. */
async function openIfReached(platform: Platform, files: VaultFiles, name: string): Promise<Opened | EnvelopeRefusal | undefined> {
  try {
    return await openFile(platform, files, name)
  } catch (error) {
    if (error instanceof KeyUnreachable) return undefined
    throw error
  }
}

async function forgetIfReached(platform: Platform, keyId: KeyId): Promise<void> {
  try {
    await platform.keys.forget(keyId)
  } catch (error) {
    if (!(error instanceof KeyUnreachable)) throw error
  }
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

const RANK: Readonly<Record<Copy['role'], number>> = { staged: 0, current: 1, old: 2 }

/** In the order in which they count, whatever the storage's is. */
function candidatesAmong(copies: Copy[]): Copy[] {
  const inPlace = copies.some((copy) => copy.role === 'current')
  return copies.filter((copy) => copy.role !== 'old' || !inPlace).toSorted((a, b) => RANK[a.role] - RANK[b.role])
}

async function openCopy(platform: Platform, name: string, copy: Copy): Promise<Opened | EnvelopeRefusal> {
  const envelope = parseEnvelope(copy.bytes, name)
  if (typeof envelope === 'string') return envelope
  const plaintext = await disclose(platform.keys, envelope)
  return plaintext === undefined ? 'vault-damaged' : { keyId: envelope.keyId, plaintext }
}

async function settleOn(platform: Platform, files: VaultFiles, name: string, copies: Copy[], chosen: Copy, keyId: KeyId): Promise<void> {
  for (const copy of copies) {
    const otherKey = keyIdOf(copy.bytes, name)
    if (otherKey !== undefined && !equalBytes(otherKey, keyId)) await forgetIfReached(platform, otherKey)
  }
  await files.settle(name, chosen)
}
