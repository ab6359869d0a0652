import { KeyUnreachable } from '@latchkey/soft-token/platform'
import type { AsyncEntry } from '@napi-rs/keyring'
import type { Keyring } from './platform-keys.ts'

const SERVICE = 'latchkey soft token'
const PROBE = 'probe'
/**
 * On Linux the Secret Service alone: the library would fall back to the kernel's keyring, which forgets everything at the next start,
 * and the identities with it.
 */
const OPTIONS = { linux: { store: 'secret-service' } } as const

/** The operating system's keyring, or undefined where there is none that keeps what it is given. */
export async function openKeyring(): Promise<Keyring | undefined> {
  const library = await import('@napi-rs/keyring').catch(() => undefined)
  if (library === undefined) return undefined
  const entryOf = (id: string) => new library.AsyncEntry(SERVICE, id, OPTIONS)
  try {
    await entryOf(PROBE).getSecret()
  } catch {
    return undefined
  }
  return {
    canKeep: () => canKeep(entryOf(PROBE)),
    keep: (id, key) => reaching(entryOf(id).setSecret(key)),
    read: async (id) => {
      const secret = await reaching(entryOf(id).getSecret())
      return secret === null ? undefined : Uint8Array.from(secret)
    },
    forget: async (id) => {
      await reaching(entryOf(id).deleteCredential())
    },
  }
}

/** A keyring that answers may still have no place to keep anything, or be locked by a person who does not unlock it: trying tells. */
async function canKeep(entry: AsyncEntry): Promise<boolean> {
  try {
    await entry.setSecret(new Uint8Array(1))
    await entry.deleteCredential()
    return true
  } catch {
    return false
  }
}

/** A keyring that was there a moment ago and is locked or gone now: nothing is known of the key, least of all that it is lost. */
async function reaching<T>(call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (error) {
    throw new KeyUnreachable(`the operating system's keyring does not answer`, { cause: error })
  }
}
