import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A small volume of its own, to be filled up. */
export type Volume = { readonly path: string; readonly fill: () => void; readonly free: () => void; readonly close: () => void }

export const NO_VOLUMES = 'NOT TRIED: a volume that is really full needs Linux and root, to mount one'

/** @param size as `mount` takes it: `64m` */
export function mountVolume(size: string): Volume {
  const path = mkdtempSync(join(tmpdir(), 'latchkey-faults-volume-'))
  const filler = join(path, 'filler')
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=755`, 'tmpfs', path], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`mount: ${stderr}`)
  return {
    path,
    fill: () => fill(filler),
    free: () => rmSync(filler),
    close: () => unmount(path),
  }
}

function fill(path: string): void {
  const handle = openSync(path, 'w')
  const bytes = Buffer.alloc(65_536)
  try {
    for (let room = bytes.length; room > 0; ) {
      try {
        writeSync(handle, bytes, 0, room)
      } catch {
        room = Math.floor(room / 2)
      }
    }
  } finally {
    closeSync(handle)
  }
}

/** Whether this machine lets us mount one. */
export function canMount(): boolean {
  const volume = mkdtempSync(join(tmpdir(), 'latchkey-faults-volume-'))
  const can = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', volume]).status === 0
  unmount(volume)
  return can
}

function unmount(volume: string): void {
  spawnSync('umount', [volume])
  rmSync(volume, { recursive: true })
}
