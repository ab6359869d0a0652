const FOLDER = 'vault'
const PROBE = 'probe'
const NAME = /^(?:\d{10}|deviceSalt)$/
/** A killed worker's access to a file ends a moment after its lock does. */
const PATIENCE_MS = 3000
const POLL_MS = 20

/** The vault's folder for as long as one worker has it alone. */
export type Access = {
  /** The files that could be ours. */
  names: () => Promise<string[]>
  open: (name: string) => Promise<FileSystemSyncAccessHandle>
  openOrMake: (name: string) => Promise<FileSystemSyncAccessHandle>
  unlink: (name: string) => Promise<void>
  /** Gives every file back. */
  close: () => void
}

/**
 * Whether steps on a file are done when they return. The first browsers that had access handles gave promises, by which a file's size
 * would be no number, and the file be taken for one that was never used.
 */
export function isSynchronous(): Promise<boolean> {
  return navigator.locks.request('latchkey-probe', async () => {
    const folder = await openFolder()
    try {
      const size: unknown = (await folder.openOrMake(PROBE)).getSize()
      await folder.unlink(PROBE)
      return typeof size === 'number'
    } finally {
      folder.close()
    }
  })
}

/** Opens the folder; each file once, when it is first asked for. */
export async function openFolder(): Promise<Access> {
  const root = await navigator.storage.getDirectory()
  const folder = await root.getDirectoryHandle(FOLDER, { create: true })
  const opened = new Map<string, FileSystemSyncAccessHandle>()
  const open = async (name: string, create: boolean): Promise<FileSystemSyncAccessHandle> => {
    const known = opened.get(name)
    if (known !== undefined) return known
    const handle = await accessTo(await folder.getFileHandle(name, { create }))
    opened.set(name, handle)
    return handle
  }
  const close = (name: string): void => {
    opened.get(name)?.close()
    opened.delete(name)
  }
  return {
    names: () => namesIn(folder),
    open: (name) => open(name, false),
    openOrMake: (name) => open(name, true),
    unlink: async (name) => {
      close(name)
      await folder.removeEntry(name)
    },
    close: () => {
      for (const name of [...opened.keys()]) close(name)
    },
  }
}

async function namesIn(folder: FileSystemDirectoryHandle): Promise<string[]> {
  const names: string[] = []
  for await (const [name, entry] of folder.entries()) if (entry.kind === 'file' && NAME.test(name)) names.push(name)
  return names.sort()
}

async function accessTo(file: FileSystemFileHandle): Promise<FileSystemSyncAccessHandle> {
  const giveUpAt = performance.now() + PATIENCE_MS
  for (;;) {
    try {
      return await file.createSyncAccessHandle()
    } catch (error) {
      const isHeld = error instanceof DOMException && error.name === 'NoModificationAllowedError'
      if (!isHeld || performance.now() > giveUpAt) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}
