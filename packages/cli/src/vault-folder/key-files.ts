import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { KeyUnreachable } from '@latchkey/soft-token/platform'
import { create, erase, syncFolder } from './durable.ts'
import type { KeyStore } from './platform-keys.ts'

const KEY_BYTES = 32

/** Keys as files with mode 0600 in a folder of their own beside the records: for machines without a keyring. */
export function openKeyFiles(folder: string): KeyStore {
  const pathOf = (id: string): string => join(folder, `${id}.key`)
  return {
    keep: async (id, key) => {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      create(pathOf(id), key)
      syncFolder(folder)
    },
    read: async (id) => {
      const key = readIfThere(pathOf(id))
      return key?.length === KEY_BYTES ? key : undefined
    },
    forget: async (id) => {
      if (readIfThere(pathOf(id)) === undefined) return
      erase(pathOf(id))
      syncFolder(folder)
    },
  }
}

function readIfThere(path: string): Uint8Array | undefined {
  try {
    return new Uint8Array(readFileSync(path))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new KeyUnreachable("its key in the vault's folder", { cause: error })
  }
}
