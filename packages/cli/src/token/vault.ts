import { randomBytes } from 'node:crypto'
import { lstatSync } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { printSerialNumber, type SerialNumber } from '@latchkey/protocol/codes/serial-number'
import { type IdentitySummary, listIdentities, type Unreadable } from '@latchkey/soft-token/identity/list-identities'
import { nameOf } from '@latchkey/soft-token/identity/rules'
import type { Platform } from '@latchkey/soft-token/platform'
import { aes256Gcm } from '../vault-folder/aead.ts'
import { argon2id } from '../vault-folder/argon2id.ts'
import { openVaultFolder } from '../vault-folder/files.ts'
import { openKeyFiles } from '../vault-folder/key-files.ts'
import { openKeyring } from '../vault-folder/keyring.ts'
import { openPlatformKeys } from '../vault-folder/platform-keys.ts'
import type { Refusal } from './refusals.ts'
import { storageRefusal } from './storage-refusal.ts'

/** The terminal's vault: the folder, and what the soft token needs of this machine. */
export type Vault = { folder: string; platform: Platform }
type Environment = Readonly<Record<string, string | undefined>>

/** Opens the vault that the environment names: `LATCHKEY_VAULT`, and `LATCHKEY_KEYRING=off` to keep keys in files. Nothing is made yet. */
export function openVault(environment: Environment): Vault {
  const folder = resolve(environment.LATCHKEY_VAULT || defaultFolder(environment, process.platform))
  let keyring: ReturnType<typeof openKeyring> | undefined
  const stores = {
    file: openKeyFiles(join(folder, 'keys')),
    keyring: () => {
      keyring ??= openKeyring()
      return keyring
    },
  }
  const keys = openPlatformKeys(aes256Gcm, stores, environment.LATCHKEY_KEYRING === 'off' ? 'file' : 'keyring')
  const draw = (length: number): Uint8Array => new Uint8Array(randomBytes(length))
  return { folder, platform: { storage: openVaultFolder(folder), keys, aead: aes256Gcm, argon2id, draw, now: Date.now } }
}

function defaultFolder(environment: Environment, system: NodeJS.Platform): string {
  if (system === 'win32') return join(environment.APPDATA ?? join(homedir(), 'AppData', 'Roaming'), 'latchkey', 'vault')
  if (system === 'darwin') return join(homedir(), 'Library', 'Application Support', 'latchkey', 'vault')
  const { XDG_DATA_HOME = '' } = environment
  return join(isAbsolute(XDG_DATA_HOME) ? XDG_DATA_HOME : join(homedir(), '.local', 'share'), 'latchkey', 'vault')
}

export type VaultContent = { identities: IdentitySummary[]; unreadable: Unreadable[] }

/** What is in the vault. Looking makes no folder. */
export async function contentOf(vault: Vault): Promise<VaultContent> {
  return isThere(vault.folder) ? listIdentities(vault.platform) : { identities: [], unreadable: [] }
}

/** Only what is not there at all is empty: a dangling link, or a path through a file, is a place that cannot be read. */
function isThere(folder: string): boolean {
  return lstatSync(folder, { throwIfNoEntry: false }) !== undefined
}

/** The refusal for files that cannot be read. */
export function unreadableRefusal(broken: Unreadable): Refusal {
  const serialNumber = printSerialNumber(broken.serial)
  if (broken.error !== 'unreachable') return { error: broken.error, serialNumber }
  return { error: 'storage', reason: broken.cause.message, ...storageRefusal(broken.cause), serialNumber }
}

export type Chosen = { identity: IdentitySummary } | { refusal: Refusal } | { ambiguous: IdentitySummary[] }

/**
 * The identity that a name or a serial number means; without one, the only one there is. Beside one that cannot be read even the only other is
 * to be named: tries of a PIN that was meant for the first would lock it.
 */
export function chooseIdentity(
  { identities, unreadable }: VaultContent,
  name: string | undefined,
  asSerial: SerialNumber | undefined,
): Chosen {
  const fitting = identities.filter(({ label, serial }) => name === undefined || label === nameOf(name) || serial === asSerial)
  const broken = unreadable.find(({ serial }) => serial === asSerial) ?? (fitting.length === 0 ? unreadable[0] : undefined)
  if (broken !== undefined) return { refusal: unreadableRefusal(broken) }
  const [identity, ...others] = fitting
  if (identity === undefined) return { refusal: { error: 'no-such-identity' } }
  const isMeant = others.length === 0 && (name !== undefined || unreadable.length === 0)
  return isMeant ? { identity } : { ambiguous: fitting }
}
