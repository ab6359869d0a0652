import { execFileSync } from 'node:child_process'
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { holdLock } from './hold-lock.ts'
import { type KeyEncryptionKey, type Keys, openKeys, type Ring } from './key-ring.ts'

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

/** An unknown key's id makes the keys be read again, at most this often: no row may keep a server busy. */
const READ_AGAIN_MS = 1_000

/**
 * Loads the keys; makes the file where it is the source, is not there, and may be made. A process that meets a key id that it does not
 * know reads them again, as it does when it is told to (`reload`). @throws KeysUnavailable
 */
export function loadKeys(source: KeySource, mayMake: boolean): Keys {
  if ('file' in source && !existsSync(source.file)) {
    if (!mayMake)
      throw new KeysUnavailable(
        `The key file ${source.file} is missing, and there is a database that needs it. Put it back from where it is kept safe.`,
      )
    makeKeyFile(source.file)
  }
  const { keys, pepper } = parse(textOf(source), source)
  let lastRead = performance.now()
  return openKeys(ringOf(keys), pepper, (because) => {
    if (because === 'unknown-key' && performance.now() - lastRead < READ_AGAIN_MS) return undefined
    lastRead = performance.now()
    const again = parse(textOf(source), source)
    // Other hashes would find nobody any more.
    if (!timingSafeEqual(again.pepper, pepper)) throw new KeysUnavailable('The keys are those of another database: their pepper differs.')
    return ringOf(again.keys)
  })
}

/** Where the settings say that the keys are: a value, a command, a file; `keys.json` in the data folder where they say nothing. */
export function keySourceOf({ data, keys }: { data: string; keys: KeySettings }): KeySource {
  if (keys.value !== undefined) return { value: keys.value }
  const [program, ...parameters] = keys.command ?? []
  if (program !== undefined) return { command: [program, ...parameters] }
  return { file: keys.file ?? join(data, 'keys.json') }
}
type KeySettings = { value?: string | undefined; command?: readonly string[] | undefined; file?: string | undefined }

/**
 * Puts a new key before the other one of a key file, so that it seals from now on. Several keys in it mean that a rotation was begun and not
 * ended, perhaps by another process at this moment: its key is taken. Nothing else changes the file meanwhile. Returns the id of the first key.
 */
export function beginRotation(file: string): string {
  return changing(file, ({ pepper, keys }) => {
    const [first, ...others] = keys
    if (first !== undefined && others.length > 0) return first.id
    const fresh = drawKeyEncryptionKey()
    writeKeyFile(file, { pepper, keys: [fresh, ...keys] })
    return fresh.id
  })
}

/** Takes all keys but this one out of a key file, after everything is sealed under it. False if it is not the first: the next rotation was begun. */
export function dropOldKeys(file: string, keyId: string): boolean {
  return changing(file, ({ pepper, keys }) => {
    const [first] = keys
    if (first?.id !== keyId) return false
    writeKeyFile(file, { pepper, keys: [first] })
    return true
  })
}

/** The ids of a source's keys, the one that seals first. */
export function keyIds(source: KeySource): string[] {
  return parse(textOf(source), source).keys.map(({ id }) => id)
}

const PATIENCE_MS = 10_000

function changing<T>(file: string, change: (content: KeyFile) => T): T {
  const held = holdLock(`${file}.lock`, 'alone', PATIENCE_MS)
  if (held === undefined) throw new KeysUnavailable(`The key file ${file} is being changed by another process. Try again.`)
  try {
    return change(parse(textOf({ file }), { file }))
  } finally {
    held.release()
  }
}

/** Two processes that start at once end up with the same keys: the second finds the first one's. */
function makeKeyFile(file: string): void {
  const held = holdLock(`${file}.lock`, 'alone', PATIENCE_MS)
  if (held === undefined) throw new KeysUnavailable(`The key file ${file} is being made by another process. Try again.`)
  try {
    if (!existsSync(file)) writeKeyFile(file, { pepper: drawKey(), keys: [drawKeyEncryptionKey()] })
  } finally {
    held.release()
  }
}

function ringOf([first, ...rest]: readonly KeyEncryptionKey[]): Ring {
  if (first === undefined) throw new KeysUnavailable('There is no key among the keys.')
  return [first, ...rest]
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
  const place =
    'file' in source ? `the file ${source.file}` : 'value' in source ? 'LATCHKEY_KEYS_VALUE' : 'what the command for the keys prints'
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
  if (process.platform === 'win32') return
  const folder = openSync(dirname(file), 'r')
  fsyncSync(folder)
  closeSync(folder)
}
