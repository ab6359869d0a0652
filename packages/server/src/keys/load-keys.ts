import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import { type KeyEncryptionKey, type Keys, openKeys } from './key-ring.ts'

/** Where the keys come from: a file of mode 0600 (made on first start), the value of an environment variable, or what a command prints. */
export type KeySource = { file: string } | { value: string } | { command: readonly [string, ...string[]] }

/** The keys could not be had; the message says what to do and holds no key. */
export class KeysUnavailable extends Error {}

const Bytes32 = z
  .base64url()
  .transform((text) => new Uint8Array(Buffer.from(text, 'base64url')))
  .refine((bytes) => bytes.length === 32)
const KeyFile = z.strictObject({
  pepper: Bytes32,
  keys: z.array(z.strictObject({ id: z.string().regex(/^[a-z0-9]{8}$/), key: Bytes32 })).min(1),
})
type KeyFile = z.infer<typeof KeyFile>

/** Loads the keys; makes the file where it is the source, is not there, and may be made. */
export function loadKeys(source: KeySource, mayMake: boolean): Keys {
  if ('file' in source && !existsSync(source.file)) {
    if (!mayMake)
      throw new KeysUnavailable(
        `The key file ${source.file} is missing, and there is a database that needs it. Put it back from where it is kept safe.`,
      )
    writeKeyFile(source.file, { pepper: drawKey(), keys: [drawKeyEncryptionKey()] })
  }
  const { keys, pepper } = parse(textOf(source), source)
  const [first, ...rest] = keys
  if (first === undefined) throw new KeysUnavailable('There is no key among the keys.')
  return openKeys([first, ...rest], pepper)
}

/** Puts a new key before the others of a key file, so that it seals from now on. */
export function addKey(file: string): string {
  const { pepper, keys } = parse(textOf({ file }), { file })
  const fresh = drawKeyEncryptionKey()
  writeKeyFile(file, { pepper, keys: [fresh, ...keys] })
  return fresh.id
}

/** Takes all keys but the first out of a key file: after everything is sealed under that one. */
export function dropOldKeys(file: string): void {
  const { pepper, keys } = parse(textOf({ file }), { file })
  writeKeyFile(file, { pepper, keys: keys.slice(0, 1) })
}

function drawKeyEncryptionKey(): KeyEncryptionKey {
  return { id: randomBytes(4).toString('hex'), key: drawKey() }
}

function drawKey(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(randomBytes(32))
}

function textOf(source: KeySource): string {
  if ('value' in source) return source.value
  if ('file' in source) return readPrivateFile(source.file)
  const [program, ...parameters] = source.command
  try {
    return execFileSync(program, parameters, { encoding: 'utf8', timeout: 30_000, stdio: ['ignore', 'pipe', 'inherit'] })
  } catch {
    throw new KeysUnavailable(`The command that gives the keys (${program}) failed.`)
  }
}

function readPrivateFile(file: string): string {
  const others = statSync(file).mode & 0o077
  if (others !== 0 && process.platform !== 'win32') {
    throw new KeysUnavailable(`The key file ${file} may be read by others. Run: chmod 600 ${file}`)
  }
  return readFileSync(file, 'utf8')
}

function parse(text: string, source: KeySource): KeyFile {
  const place = 'file' in source ? `the file ${source.file}` : 'value' in source ? 'LATCHKEY_KEYS' : 'what the command for the keys prints'
  try {
    return KeyFile.parse(JSON.parse(text))
  } catch {
    throw new KeysUnavailable(`There are no keys of a known form in ${place}.`)
  }
}

/** Whole or not at all: written beside, on disk, then renamed. */
function writeKeyFile(file: string, { pepper, keys }: { pepper: Uint8Array; keys: readonly KeyEncryptionKey[] }): void {
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')
  const content = JSON.stringify({ pepper: text(pepper), keys: keys.map(({ id, key }) => ({ id, key: text(key) })) }, undefined, 2)
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const beside = `${file}.new`
  const handle = openSync(beside, 'w', 0o600)
  writeSync(handle, `${content}\n`)
  fsyncSync(handle)
  closeSync(handle)
  chmodSync(beside, 0o600)
  renameSync(beside, file)
}
