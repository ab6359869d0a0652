import type { Argon2id } from '@latchkey/protocol/activation/argon2id'
import type { DrawBytes } from '@latchkey/protocol/codes/randomness'

/** Everything that a soft token needs of the machine it runs on. A browser and a terminal each bring their own. */
export type Platform = {
  storage: VaultStorage
  keys: PlatformKeys
  aead: Aead
  argon2id: Argon2id
  draw: DrawBytes
  /** Milliseconds since 1970. */
  now: () => number
}

/** AES-256-GCM (NIST SP 800-38D): 32-byte keys, 12-byte nonces, the 16-byte tag last. */
export type Aead = {
  seal: (key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, additional: Uint8Array) => Promise<Uint8Array>
  /** Undefined if the tag does not hold. */
  open: (key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, additional: Uint8Array) => Promise<Uint8Array | undefined>
}

/** A platform key that is there as far as anyone knows, in a place that cannot be reached now. Nothing is lost. */
export class KeyUnreachable extends Error {}

/** A file that is in the vault and cannot be had now, by its name, with the system's error as the cause. Nothing is known of what it holds. */
export class FileUnreachable extends Error {}

/** Names a platform key in the clear part of a file: opaque, `KEY_ID_BYTES` long. */
export type KeyId = Uint8Array
export const KEY_ID_BYTES = 16

/** A key that nothing durable knows of yet. */
export type FreshKey = { id: KeyId; seal: PlatformSeal }
export type PlatformSeal = (plaintext: Uint8Array, additional: Uint8Array) => Promise<Uint8Array>

/** The keys under which records are sealed: one for each identity, one for the device salt (STP-1, 4). Sealed = nonce, ciphertext, tag. */
export type PlatformKeys = {
  /** Draws a key in memory, to be kept where `beside` is, if that is given. Until `keep`, a kill makes whatever it sealed unreadable for ever. */
  draw: (beside?: KeyId) => Promise<FreshKey>
  /** Whether a key can be reached wherever `other` can: they may be kept in different places, of which one is away at times. */
  isAsNear: (id: KeyId, other: KeyId) => boolean
  /** Makes a drawn key durable, at once or not at all. */
  keep: (key: FreshKey) => Promise<void>
  seal: (id: KeyId, plaintext: Uint8Array, additional: Uint8Array) => Promise<Uint8Array>
  /** Undefined if there is no such key, or it does not open this. @throws KeyUnreachable */
  open: (id: KeyId, sealed: Uint8Array, additional: Uint8Array) => Promise<Uint8Array | undefined>
  /** Deletes a key for good. An unknown one is no error. */
  forget: (id: KeyId) => Promise<void>
}

/** Where the records are. */
export type VaultStorage = {
  /** Runs `work` alone among all processes, tabs and threads that use this vault. A kill gives the turn back. */
  exclusively: <T>(work: (files: VaultFiles) => Promise<T>) => Promise<T>
}

/**
 * A folder of small files, each durable when its call returns. A kill at any moment may leave several copies of a file: the old one,
 * a new one that was being put in its place, an old one on its way out.
 */
export type VaultFiles = {
  /** The files that exist: a copy is, or was, in place. */
  names: () => Promise<string[]>
  /** The files of which there is a staged copy alone: made for the first time when a kill came. */
  unfinished: () => Promise<string[]>
  /** The files whose removal a kill interrupted; each is to be removed again. */
  removals: () => Promise<string[]>
  /** @throws FileUnreachable, as do `settle` and `remove` */
  read: (name: string) => Promise<Copy[]>
  /**
   * Replaces a file. In this order, each durable before the next: the new bytes staged, `beforeSwap`, the swap, `afterSwap`,
   * the old bytes overwritten in place.
   */
  replace: (
    name: string,
    bytes: Uint8Array,
    during?: { beforeSwap?: () => Promise<void>; afterSwap?: () => Promise<void> },
  ) => Promise<void>
  /** Puts one of the copies that `read` gave in place, if it is not; the others are overwritten. */
  settle: (name: string, chosen: Copy) => Promise<void>
  /** Takes a file away: out of `names` first, then `beforeErase`, then every copy is overwritten in place and unlinked. */
  remove: (name: string, beforeErase: (bytes: Uint8Array) => Promise<void>) => Promise<void>
}

/** `staged`: not in place yet. `current`: in place. `old`: replaced, and to be overwritten. */
export type Copy = { role: 'staged' | 'current' | 'old'; bytes: Uint8Array }
