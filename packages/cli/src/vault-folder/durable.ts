import { randomBytes } from 'node:crypto'
import { closeSync, fstatSync, fsyncSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/** Makes a file that must not exist yet, mode 0600, and returns when it is on disk. Nothing is left of it if that fails. */
export function createDurably(path: string, bytes: Uint8Array): void {
  const file = openSync(path, 'wx', 0o600)
  try {
    writeWhole(file, bytes)
    fsyncSync(file)
  } catch (error) {
    closeSync(file)
    eraseDurably(path)
    throw error
  }
  closeSync(file)
  syncFolder(dirname(path))
}

/** Renames within a folder; durable when it returns. */
export function renameDurably(from: string, to: string): void {
  renameSync(from, to)
  syncFolder(dirname(to))
}

/** Overwrites a file in place with random bytes, waits until they are on disk, and unlinks it. */
export function eraseDurably(path: string): void {
  const file = openSync(path, 'r+')
  try {
    writeWhole(file, randomBytes(fstatSync(file).size))
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  unlinkSync(path)
  syncFolder(dirname(path))
}

function writeWhole(file: number, bytes: Uint8Array): void {
  let written = 0
  while (written < bytes.length) written += writeSync(file, bytes, written, bytes.length - written, written)
}

/** Windows has no way to sync a folder, and needs none: its renames are written through. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
