import type { Argon2id } from '@latchkey/protocol/activation/argon2id'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes } from '@noble/hashes/utils.js'
import { type Aead, type Copy, KEY_ID_BYTES, type Platform, type PlatformKeys, type VaultFiles } from '../src/platform.ts'
import { webCryptoAead } from './web-crypto-aead.ts'

/** What survives a kill: files with their copies, kept keys; and, for an attacker, everything that was ever written. */
export type Disk = {
  files: Map<string, Map<Copy['role'] | 'gone', Uint8Array>>
  keys: Map<string, Uint8Array>
  everWritten: Uint8Array[]
  everKept: Map<string, Uint8Array>
  /** Steps until a kill; undefined for none. */
  fuse: number | undefined
  turn: Promise<void>
}

/** The process was killed here. */
export class Killed extends Error {}

export function makeDisk(): Disk {
  return { files: new Map(), keys: new Map(), everWritten: [], everKept: new Map(), fuse: undefined, turn: Promise.resolve() }
}

/** Same seed, same bytes: for keys, salts and courses of tests alone. */
export function seededDraw(seed: number): (length: number) => Uint8Array {
  let counter = 0
  return (length) => {
    const blocks: Uint8Array[] = []
    for (let have = 0; have < length; have += 32) {
      counter += 1
      blocks.push(sha256(new TextEncoder().encode(`${seed}/${counter}`)))
    }
    return concatBytes(...blocks).slice(0, length)
  }
}

/** A cheap stand-in: what is tested here does not rest on its cost. */
export const cheapArgon2id: Argon2id = async ({ password, salt }) => hmac(sha256, salt, password)

export type MemoryPlatform = Platform & { clock: { now: number } }

/** A process over a disk. After a kill, make another over the same disk: whatever the first had in memory is gone. */
export function startProcess(disk: Disk, draw: (length: number) => Uint8Array, now = 1_790_000_000_000): MemoryPlatform {
  const clock = { now }
  return {
    clock,
    now: () => clock.now,
    draw,
    aead: webCryptoAead,
    argon2id: cheapArgon2id,
    keys: keysOn(disk, draw, webCryptoAead),
    storage: { exclusively: (work) => inTurn(disk, () => work(filesOn(disk, draw))) },
  }
}

async function inTurn<T>(disk: Disk, work: () => Promise<T>): Promise<T> {
  const before = disk.turn
  const { promise, resolve } = Promise.withResolvers<void>()
  disk.turn = promise
  await before
  try {
    return await work()
  } finally {
    resolve()
  }
}

/** One durable step: after it the disk has changed, before it it has not. */
function step(disk: Disk): void {
  if (disk.fuse === undefined) return
  disk.fuse -= 1
  if (disk.fuse < 0) throw new Killed()
}

function keysOn(disk: Disk, draw: (length: number) => Uint8Array, aead: Aead): PlatformKeys {
  const inMemory = new Map<string, Uint8Array>()
  const seal = async (key: Uint8Array, plaintext: Uint8Array, additional: Uint8Array): Promise<Uint8Array> => {
    const nonce = draw(12)
    return concatBytes(nonce, await aead.seal(key, nonce, plaintext, additional))
  }
  return {
    draw: async () => {
      const id = draw(KEY_ID_BYTES)
      const key = draw(32)
      inMemory.set(bytesToHex(id), key)
      return { id, seal: (plaintext, additional) => seal(key, plaintext, additional) }
    },
    isAsNear: () => true,
    keep: async ({ id }) => {
      step(disk)
      const key = inMemory.get(bytesToHex(id))
      if (key === undefined) throw new Error('a key is kept once')
      disk.keys.set(bytesToHex(id), key)
      disk.everKept.set(bytesToHex(id), key)
    },
    seal: async (id, plaintext, additional) => {
      const key = disk.keys.get(bytesToHex(id))
      if (key === undefined) throw new Error('the key is gone')
      return seal(key, plaintext, additional)
    },
    open: async (id, sealed, additional) => {
      const key = disk.keys.get(bytesToHex(id))
      return key === undefined ? undefined : aead.open(key, sealed.subarray(0, 12), sealed.subarray(12), additional)
    },
    forget: async (id) => {
      step(disk)
      disk.keys.delete(bytesToHex(id))
    },
  }
}

/** The steps of a folder of files, as `packages/cli` takes them, with a kill possible before each and in the middle of each write. */
function filesOn(disk: Disk, draw: (length: number) => Uint8Array): VaultFiles {
  const of = (name: string) => {
    const copies = disk.files.get(name) ?? new Map<Copy['role'] | 'gone', Uint8Array>()
    disk.files.set(name, copies)
    return copies
  }
  const write = (name: string, role: Copy['role'], bytes: Uint8Array): void => {
    const torn = bytes.slice(0, new DataView(draw(2).buffer).getUint16(0) % bytes.length)
    disk.everWritten.push(torn)
    of(name).set(role, torn)
    step(disk)
    disk.everWritten.push(bytes.slice())
    of(name).set(role, bytes.slice())
    step(disk)
  }
  const move = (name: string, from: Copy['role'], to: Copy['role'] | 'gone'): void => {
    step(disk)
    const bytes = of(name).get(from)
    if (bytes === undefined) throw new Error(`no ${from} copy of ${name}`)
    of(name).delete(from)
    of(name).set(to, bytes)
  }
  const erase = (name: string, role: Copy['role'] | 'gone'): void => {
    const bytes = of(name).get(role)
    if (bytes === undefined) return
    step(disk)
    of(name).set(role, draw(bytes.length))
    step(disk)
    of(name).delete(role)
  }
  const has = (name: string, role: Copy['role'] | 'gone'): boolean => of(name).has(role)
  const namesWith = async (fits: (name: string) => boolean): Promise<string[]> => [...disk.files.keys()].filter(fits)
  return {
    names: () => namesWith((name) => has(name, 'current') || has(name, 'old')),
    unfinished: () => namesWith((name) => has(name, 'staged') && !has(name, 'current') && !has(name, 'old')),
    removals: () => namesWith((name) => has(name, 'gone')),
    // In an order that means nothing, as a browser's slots have none.
    read: async (name) =>
      (['old', 'current', 'staged'] as const).flatMap((role) => {
        const bytes = of(name).get(role)
        return bytes === undefined ? [] : [{ role, bytes: bytes.slice() }]
      }),
    replace: async (name, bytes, during = {}) => {
      write(name, 'staged', bytes)
      await during.beforeSwap?.()
      const replaces = has(name, 'current')
      if (replaces) move(name, 'current', 'old')
      move(name, 'staged', 'current')
      await during.afterSwap?.()
      if (replaces) erase(name, 'old')
    },
    settle: async (name, chosen) => {
      if (chosen.role === 'old') move(name, 'old', 'current')
      if (chosen.role === 'staged') {
        if (has(name, 'current')) {
          erase(name, 'old')
          move(name, 'current', 'old')
        }
        move(name, 'staged', 'current')
      }
      for (const role of ['staged', 'old'] as const) erase(name, role)
    },
    remove: async (name, beforeErase) => {
      for (;;) {
        const gone = of(name).get('gone')
        if (gone !== undefined) {
          await beforeErase(gone)
          erase(name, 'gone')
        }
        const role = (['staged', 'current', 'old'] as const).find((one) => has(name, one))
        if (role === undefined) return
        move(name, role, 'gone')
      }
    },
  }
}
