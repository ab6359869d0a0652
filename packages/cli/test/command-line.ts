import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { drawActivationCode } from '@latchkey/protocol/activation/activation-code'
import type { KeySet } from '@latchkey/protocol/activation/keys'
import { register } from '@latchkey/protocol/activation/registration'
import { type Code, parseCode, printCode } from '@latchkey/protocol/codes/code'
import type { Profile } from '@latchkey/protocol/codes/profile'
import { drawSerialNumber, printSerialNumber, type SerialNumber } from '@latchkey/protocol/codes/serial-number'
import { argon2id } from '../src/vault-folder/argon2id.ts'

export const LATCHKEY = join(import.meta.dirname, '..', 'bin', 'latchkey.js')

export type Ended = { status: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string }
export type RunOptions = { environment?: Record<string, string>; node?: readonly string[]; prefix?: readonly string[]; endAfterMs?: number }

/** A vault of its own, with keys in files whatever keyring the machine has. */
export function newVault(): string {
  return join(mkdtempSync(join(tmpdir(), 'latchkey-')), 'vault')
}

/** Runs the real command line on a vault; `lines` are what a person would type, one after the other. */
export function latchkey(vault: string, args: readonly string[], lines: readonly string[] = [], options: RunOptions = {}): Promise<Ended> {
  const command = [...(options.prefix ?? []), process.execPath, ...(options.node ?? []), LATCHKEY, ...args]
  const environment = { ...process.env, LATCHKEY_VAULT: vault, LATCHKEY_KEYRING: 'off', ...options.environment }
  const child = spawn(command[0] ?? '', command.slice(1), { env: environment, stdio: ['pipe', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  child.stdin.on('error', () => undefined)
  if (options.endAfterMs !== undefined) setTimeout(() => child.kill('SIGTERM'), options.endAfterMs)
  child.stdin.end(lines.map((line) => `${line}\n`).join(''))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status, signal) => resolve({ status, signal, stdout, stderr }))
  })
}

/** The JSON value of a command that is to succeed, or to be refused: with its exit code and whether standard error has one line. */
export async function json(vault: string, args: readonly string[], lines: readonly string[] = []) {
  const { status, stdout, stderr } = await latchkey(vault, [...args, '--json'], lines)
  const value: unknown = stdout === '' ? undefined : JSON.parse(stdout)
  return { status, value, errorLines: stderr === '' ? 0 : stderr.trimEnd().split('\n').length }
}

const draw = (length: number): Uint8Array => globalThis.crypto.getRandomValues(new Uint8Array(length))

/** A server's side of one token. */
export type Issued = { serial: SerialNumber; printed: string; code: Code<'activation'>; typed: string }

export function issue(profile: Profile = { digits: 6, pinMinimum: 6 }): Issued {
  const serial = drawSerialNumber(draw)
  const code = drawActivationCode(serial, profile, draw)
  return { serial, printed: printSerialNumber(serial), code, typed: printCode(code) }
}

/** Registers as a server does; throws if the proof does not hold. */
async function registered({ serial, code }: Issued, registrationCode: string): Promise<KeySet> {
  const read = parseCode('registration', serial, registrationCode)
  const keys = read.ok ? await register(argon2id, serial, code, read.code) : undefined
  if (keys === undefined) throw new Error('the registration code does not hold')
  return keys
}

/** Adds an identity and registers it. */
export async function addToken(
  vault: string,
  name: string,
  pin: string,
  issued: Issued = issue(),
): Promise<{ issued: Issued; keys: KeySet }> {
  const { status, value } = await json(vault, ['token', 'add', name, '--serial', issued.printed], [issued.typed, pin, pin])
  const code = typeof value === 'object' && value !== null && 'registrationCode' in value ? String(value.registrationCode) : ''
  if (status !== 0) throw new Error(`add ended with ${status}`)
  return { issued, keys: await registered(issued, code) }
}
