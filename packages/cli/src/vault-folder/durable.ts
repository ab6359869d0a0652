import { randomBytes } from 'node:crypto'
import { closeSync, fstatSync, fsyncSync, openSync, unlinkSync, writeSync } from 'node:fs'

/**
 * Makes a file that must not exist yet, mode 0600, and returns when its bytes are on disk; its name is, too, once its folder is synced.
 * Nothing is left of it if that fails.
 */
export function create(path: string, bytes: Uint8Array): void {
  const file = openSync(path, 'wx', 0o600)
  try {
    writeWhole(file, bytes)
    fsyncSync(file)
  } catch (error) {
    closeSync(file)
    erase(path)
    throw error
  }
  closeSync(file)
}

/** Overwrites a file in place with random bytes, waits until they are on disk, and unlinks it. */
export function erase(path: string): void {
  const file = openSync(path, 'r+')
  try {
    writeWhole(file, randomBytes(fstatSync(file).size))
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  unlinkSync(path)
}

function writeWhole(file: number, bytes: Uint8Array): void {
  let written = 0
  while (written < bytes.length) written += writeSync(file, bytes, written, bytes.length - written, written)
}

/** Makes what was created, renamed and unlinked in a folder durable. Windows has no way to, and needs none: its renames are written through. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
