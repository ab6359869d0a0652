import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cutPower, parseNotes } from './power-cut.ts'

/** A disk under the embedded database that loses what was not synced, and that fails when it is told to. */
export type Disk = {
  /** What a process gets so that it writes to this disk. */
  readonly environment: (data: string) => NodeJS.ProcessEnv
  readonly fail: (how: 'full' | 'read-only' | 'sync' | 'not') => void
  /** Takes the files as they are now for safely there; what is done from now on is noted. */
  readonly begin: (data: string) => void
  /** Makes of the database's files what a power cut leaves of them, and begins anew. No process has them open. */
  readonly cut: (data: string, draw: () => number) => void
  readonly close: () => void
}

const FAULTS = { full: 'F', 'read-only': 'R', sync: 'S', not: '\0' } as const
const NAME = 'latchkey.db'

export const hasCompiler = process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0
export const NO_COMPILER = 'NOT TRIED: a disk that loses what was not synced, or fails, needs Linux and a C compiler (cc)'

export function openDisk(): Disk {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-faults-disk-'))
  const library = join(folder, 'disk.so')
  const notes = join(folder, 'notes')
  const fault = join(folder, 'fault')
  const made = spawnSync('cc', ['-shared', '-fPIC', '-O2', '-o', library, join(import.meta.dirname, 'disk.c'), '-ldl'], {
    encoding: 'utf8',
  })
  if (made.status !== 0) throw new Error(`disk.c does not compile: ${made.stderr}`)
  let before: ReadonlyMap<string, Uint8Array> = new Map()
  const begin = (data: string): void => {
    before = readFiles(data)
    writeFileSync(notes, '')
  }
  // Processes have this file in their memory: it is written in place.
  const fail: Disk['fail'] = (how) => writeFileSync(fault, FAULTS[how], { flag: 'r+' })
  writeFileSync(fault, FAULTS.not)
  writeFileSync(notes, '')
  return {
    begin,
    fail,
    environment: (data) => ({
      LD_PRELOAD: library,
      LATCHKEY_DISK_FILES: join(data, NAME),
      LATCHKEY_DISK_NOTES: notes,
      LATCHKEY_DISK_FAULT: fault,
    }),
    cut: (data, draw) => {
      const left = cutPower(before, parseNotes(readFileSync(notes)), draw)
      for (const name of namesIn(data)) rmSync(join(data, name))
      for (const [name, bytes] of left) writeFileSync(join(data, name), bytes, { mode: 0o600 })
      begin(data)
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function readFiles(data: string): Map<string, Uint8Array> {
  const names = namesIn(data).filter((name) => !name.endsWith('-shm'))
  return new Map(names.map((name) => [name, readFileSync(join(data, name))]))
}

function namesIn(data: string): string[] {
  return readdirSync(data).filter((name) => name.startsWith(NAME))
}
