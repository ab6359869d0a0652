import { FileUnreachable, KeyUnreachable } from '@latchkey/soft-token/platform'
import { VaultBusy } from '../vault-folder/lock.ts'
import type { Refusal } from './refusals.ts'

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'a file may not grow any further',
  EROFS: 'the folder is read-only',
  EACCES: 'no permission',
  EPERM: 'no permission',
  EIO: 'the disk reports an error',
  ENOTDIR: 'its folder is no folder',
}

type StorageRefusal = Extract<Refusal, { error: 'storage' }>

/** A failure of the place where the vault is, as a refusal; undefined for any other error, which is ours. */
export function storageRefusal(error: unknown): StorageRefusal | undefined {
  if (!(error instanceof Error)) return undefined
  if (error instanceof KeyUnreachable || error instanceof FileUnreachable) {
    const cause = storageRefusal(error.cause)
    return { error: 'storage', reason: cause === undefined ? error.message : `${cause.reason} (${error.message})` }
  }
  if (error instanceof VaultBusy) return { error: 'storage', reason: error.message }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  if (code === 'ERR_SQLITE_ERROR') return { error: 'storage', reason: `its lock cannot be taken (${error.message})` }
  if (code === undefined || !('syscall' in error)) return undefined
  if (code === 'EEXIST' && error.syscall === 'mkdir') return { error: 'storage', reason: 'its folder is no folder' }
  return { error: 'storage', reason: REASONS[code] ?? error.message }
}
