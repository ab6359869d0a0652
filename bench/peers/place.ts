import { mkdirSync, readFileSync } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

const ROOT = process.getuid?.() === 0

/**
 * Where the peers are installed: outside the repository. Servers that refuse to run as root read it as somebody else, so root's is not in
 * root's home.
 */
export const PEERS = process.env['LATCHKEY_PEERS'] ?? (ROOT ? '/var/cache/latchkey-peers' : join(homedir(), '.cache', 'latchkey-peers'))

/** Packages of Debian, unpacked by `debian.sh`. */
export const DEBIAN = join(PEERS, 'debian')

/** The version of a package that was unpacked there. */
export function unpackedVersion(name: string): string {
  return readFileSync(join(DEBIAN, '.unpacked', name), 'utf8').trim()
}

/** Databases and settings of a run. They can be thrown away. */
const DATA = process.env['LATCHKEY_PEERS_DATA'] ?? join(ROOT ? '/var/tmp/latchkey-peers' : PEERS, 'data')

/** A folder of a run, made if need be. */
export function folderOf(...path: readonly string[]): string {
  const folder = join(DATA, ...path)
  mkdirSync(folder, { recursive: true })
  return folder
}

const A_PIECE = 2 ** 20

/**
 * Reads all that the databases have, so that it lies in the system's cache if it fits: that of a server that has run for a day does. Else a run
 * of seconds measures how fast this machine's disk finds pages that nobody has asked for before.
 */
export async function readDatabases(): Promise<void> {
  const piece = Buffer.alloc(A_PIECE)
  for (const entry of await readdir(DATA, { recursive: true, withFileTypes: true })) {
    // Files come and go while servers run.
    const file = entry.isFile() ? await open(join(entry.parentPath, entry.name)).catch(() => undefined) : undefined
    while (file !== undefined && (await file.read(piece, 0, A_PIECE)).bytesRead > 0);
    await file?.close()
  }
}

/** What lies beside this file. */
export function besideThis(...path: readonly string[]): string {
  return join(import.meta.dirname, ...path)
}

/** Somebody who is not root, for servers that refuse to run as root; undefined where nobody is needed. */
export const UNPRIVILEGED: { uid: number; gid: number } | undefined = ROOT ? { uid: 65_534, gid: 65_534 } : undefined
