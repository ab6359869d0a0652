import { execFileSync, spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nextKeySet } from '@latchkey/protocol/activation/keys'
import { parseCode } from '@latchkey/protocol/codes/code'
import { unlockCode } from '@latchkey/protocol/unlock/unlock-code'
import { listIdentities } from '@latchkey/soft-token/identity/list-identities'
import { showCode } from '@latchkey/soft-token/identity/show-code'
import { openDeviceSalt } from '@latchkey/soft-token/vault/device-salt'
import { pinHint } from '@latchkey/soft-token/vault/pin-box'
import { beforeAll, describe, expect, test } from 'vitest'
import { openVault } from '../src/token/vault.ts'
import { addToken, type Issued, json, latchkey, newVault } from './command-line.ts'
import { expectCode } from './expect-code.ts'

const PIN = '184027'
const NEW_PIN = '905813'
/** Kills for each verb; `LATCHKEY_KILLS=250 npm run kills` for a thousand. */
const KILLS = Number(process.env.LATCHKEY_KILLS ?? 5)

let vault: string
let issued: Issued
let keys: Awaited<ReturnType<typeof addToken>>['keys']
let wrongPin: string

beforeAll(async () => {
  vault = newVault()
  const added = await addToken(vault, 'Work', PIN)
  issued = added.issued
  keys = added.keys
  wrongPin = await caughtPin(vault)
})

async function caughtPin(folder: string): Promise<string> {
  const { platform } = openVault({ LATCHKEY_VAULT: folder, LATCHKEY_KEYRING: 'off' })
  const salt = await platform.storage.exclusively((files) => openDeviceSalt(platform, files))
  if (typeof salt === 'string') throw new Error(salt)
  for (let number = 300_000; ; number += 1) if (pinHint(salt, String(number), 6) !== pinHint(salt, PIN, 6)) return String(number)
}

/** A copy of the prepared vault, to be spoilt. */
function copyOfVault(): string {
  const copy = join(mkdtempSync(join(tmpdir(), 'latchkey-')), 'vault')
  cpSync(vault, copy, { recursive: true })
  return copy
}

/** Every file of a folder with its bytes: to see that a refusal left them as they were. */
function contentOf(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(folder, name)).isFile())
  return new Map(files.map((name) => [name, readFileSync(join(folder, name)).toString('hex')]))
}

/** Runs a command that is killed before one of its steps; the number of steps that it takes unkilled is found by the kill that comes too late. */
async function killed(folder: string, args: readonly string[], lines: readonly string[], at: number): Promise<boolean> {
  const { signal } = await latchkey(folder, args, lines, {
    node: ['--import', join(import.meta.dirname, 'kill-at.mjs')],
    environment: { LATCHKEY_KILL_AT: String(at) },
  })
  return signal === 'SIGKILL'
}

/** A kill may have come before the folder was made. */
function entriesOf(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : []
}

/** No file but those of whole identities, and a key for each of them and for the device salt. */
function expectNothingLeft(folder: string): void {
  const names = entriesOf(folder).filter((name) => name !== 'lock' && name !== 'keys')
  expect(names.filter((name) => !name.endsWith('.sealed'))).toEqual([])
  expect(entriesOf(join(folder, 'keys'))).toHaveLength(names.length)
}

// Each has a copy of its own.
describe.concurrent('kill -9 at random steps of the real command line', () => {
  const kills = Array.from({ length: KILLS }, (_, index) => index)

  test.each(kills)('while a token is added (%i)', async () => {
    const folder = newVault()
    await killed(folder, ['token', 'add', 'Work', '--serial', issued.printed], [issued.typed, PIN, PIN], randomInt(26))
    const { value } = await json(folder, ['token', 'list'])
    if (!Array.isArray(value)) throw new Error('a list')
    expectNothingLeft(folder)
    if (value.length === 0)
      expect((await json(folder, ['token', 'add', 'Work', '--serial', issued.printed], [issued.typed, PIN, PIN])).status).toBe(0)
    expect((await json(folder, ['token', 'details'])).value).toMatchObject({ state: 'registering', registrationCode: expect.any(String) })
  })

  test.each(kills)('while a wrong PIN is entered (%i): no free try', async () => {
    const folder = copyOfVault()
    const counts: number[] = []
    for (let tries = 0; tries < 3; tries += 1) {
      await killed(folder, ['token', 'code'], [wrongPin], randomInt(16))
      counts.push(((await json(folder, ['token', 'details'])).value as { triesLeft: number }).triesLeft)
    }
    expect([...counts].sort((a, b) => b - a)).toEqual(counts)
    expectNothingLeft(folder)
    await expectCode(folder, PIN, keys)
  })

  test.each(kills)('while the fifth wrong PIN is entered (%i): what counted five is locked', async () => {
    const folder = copyOfVault()
    for (let tries = 0; tries < 4; tries += 1) await latchkey(folder, ['token', 'code'], [wrongPin])
    await killed(folder, ['token', 'code'], [wrongPin], randomInt(32))
    const { value } = await json(folder, ['token', 'details'])
    expectNothingLeft(folder)
    if ((value as { triesLeft: number }).triesLeft > 0) await expectCode(folder, PIN, keys)
    else expect((await json(folder, ['token', 'code'], [PIN])).value).toMatchObject({ error: 'locked' })
  })

  test.each(kills)('while a token is unlocked (%i): the old key set whole, or the next one', async () => {
    const folder = copyOfVault()
    const before = (await json(folder, ['token', 'details'])).value as { pinResetCode: string }
    const reset = parseCode('reset', issued.serial, before.pinResetCode)
    if (!reset.ok) throw new Error(reset.error)
    const lines = [unlockCode(keys.unlock, issued.serial, reset.code), NEW_PIN, NEW_PIN]
    await killed(folder, ['token', 'unlock'], lines, randomInt(50))
    const after = (await json(folder, ['token', 'details'])).value as { pinResetCode: string }
    expectNothingLeft(folder)
    if (after.pinResetCode === before.pinResetCode) expect((await json(folder, ['token', 'unlock'], lines)).status).toBe(0)
    await expectCode(folder, NEW_PIN, nextKeySet(keys.unlock, reset.code))
  })
})

test('ten processes at once have five tries together', async () => {
  const folder = copyOfVault()
  const answers = await Promise.all(Array.from({ length: 10 }, () => json(folder, ['token', 'code'], [wrongPin])))
  const errors = answers.map(({ value }) => (value as { error: string }).error).sort()
  expect(errors).toEqual([...Array.from({ length: 6 }, () => 'locked'), ...Array.from({ length: 4 }, () => 'wrong-pin')])
})

describe('a vault that cannot be read is refused, and left as it is', () => {
  test('any byte of the record, of its key or of the device salt, altered', async () => {
    const folder = copyOfVault()
    const { platform } = openVault({ LATCHKEY_VAULT: folder, LATCHKEY_KEYRING: 'off' })
    const record = join(folder, `${issued.serial}.sealed`)
    const { identities } = await listIdentities(platform)
    const key = join(folder, 'keys', `${Buffer.from(identities[0]?.keyId ?? []).toString('hex')}.key`)
    for (const path of [record, key]) {
      const whole = readFileSync(path)
      for (let at = 0; at < whole.length; at += 1) {
        const spoilt = Buffer.from(whole)
        spoilt[at] = (spoilt[at] ?? 0) ^ 0x41
        writeFileSync(path, spoilt)
        const { unreadable } = await listIdentities(platform)
        expect(unreadable, `byte ${at}`).toEqual([{ serial: issued.serial, error: expect.stringMatching(/^vault-(damaged|newer)$/) }])
        expect(readFileSync(path).equals(spoilt)).toBe(true)
      }
      writeFileSync(path, whole)
    }
    const salt = join(folder, 'deviceSalt.sealed')
    const whole = readFileSync(salt)
    for (let at = 0; at < whole.length; at += 1) {
      const spoilt = Buffer.from(whole)
      spoilt[at] = (spoilt[at] ?? 0) ^ 0x41
      writeFileSync(salt, spoilt)
      expect(await showCode(platform, issued.serial, PIN)).toMatchObject({ error: expect.stringMatching(/^vault-(damaged|newer)$/) })
      expect(readFileSync(salt).equals(spoilt)).toBe(true)
    }
    writeFileSync(salt, whole)
    await expectCode(folder, PIN, keys)
  })

  test.each([
    ['truncated', 'vault-damaged', (path: string) => truncateSync(path, 100)],
    ['empty', 'vault-damaged', (path: string) => truncateSync(path, 0)],
    ['of a newer version', 'vault-newer', (path: string) => writeFileSync(path, readFileSync(path).fill(2, 3, 4))],
    ['of something else', 'vault-damaged', (path: string) => writeFileSync(path, 'hello')],
  ])('a file that is %s: %s, for every command', async (_what, error, spoil) => {
    const folder = copyOfVault()
    spoil(join(folder, `${issued.serial}.sealed`))
    const before = contentOf(folder)
    for (const command of ['code', 'details', 'unlock']) {
      expect(await json(folder, ['token', command], [PIN])).toEqual({ status: 1, errorLines: 1, value: { error } })
    }
    expect(await json(folder, ['token', 'list'])).toEqual({ status: 1, errorLines: 1, value: { error, identities: [] } })
    expect(contentOf(folder)).toEqual(before)
    expect((await json(folder, ['token', 'remove', issued.printed])).status).toBe(0)
  })

  test('the records of two identities swapped', async () => {
    const folder = copyOfVault()
    const { issued: other } = await addToken(folder, 'Bank', PIN)
    const [mine, theirs] = [issued, other].map(({ serial }) => join(folder, `${serial}.sealed`)) as [string, string]
    const [first, second] = [readFileSync(mine), readFileSync(theirs)]
    writeFileSync(mine, second)
    writeFileSync(theirs, first)
    expect((await json(folder, ['token', 'code', issued.printed], [PIN])).value).toEqual({ error: 'vault-damaged' })
  })

  test('one damaged identity does not take the others away', async () => {
    const folder = copyOfVault()
    const { keys: otherKeys, issued: other } = await addToken(folder, 'Bank', PIN)
    truncateSync(join(folder, `${issued.serial}.sealed`), 10)
    await expectCode(folder, PIN, otherKeys, 'Bank')
    expect((await json(folder, ['token', 'list'])).value).toMatchObject({
      error: 'vault-damaged',
      identities: [{ serialNumber: other.printed }],
    })
  })
})

describe.concurrent('a place that cannot be written: refused, nothing judged, nothing lost', () => {
  const refusal = { status: 1, errorLines: 1, value: { error: 'storage' } }

  /** A file may not grow: the system’s own limit, which needs no rights to set. */
  const NO_GROWTH = ['sh', '-c', 'ulimit -f 0; trap "" XFSZ; exec "$@"', 'sh']

  test('no file may be written', async () => {
    const folder = copyOfVault()
    const before = contentOf(folder)
    for (const [command, lines] of [
      ['code', [wrongPin]],
      ['code', [PIN]],
    ] as const) {
      const { status, stdout, stderr } = await latchkey(folder, ['token', command, '--json'], lines, { prefix: NO_GROWTH })
      expect([status, JSON.parse(stdout), stderr.trimEnd().split('\n').length]).toEqual([1, { error: 'storage' }, 1])
    }
    expect(contentOf(folder)).toEqual(before)
    expect((await json(folder, ['token', 'details'])).value).toMatchObject({ triesLeft: 5 })
  })

  test('the folder is a file', async () => {
    const folder = newVault()
    writeFileSync(folder, '')
    expect(await json(folder, ['token', 'add', 'Work', '--serial', issued.printed], [issued.typed, PIN, PIN])).toEqual(refusal)
  })

  test.each(Array.from({ length: KILLS }, (_, index) => index))('the disk becomes full at a random step of an unlock (%i)', async () => {
    const folder = copyOfVault()
    const before = (await json(folder, ['token', 'details'])).value as { pinResetCode: string }
    const reset = parseCode('reset', issued.serial, before.pinResetCode)
    if (!reset.ok) throw new Error(reset.error)
    const lines = [unlockCode(keys.unlock, issued.serial, reset.code), NEW_PIN, NEW_PIN]
    const { status, stdout } = await latchkey(folder, ['token', 'unlock', '--json'], lines, {
      node: ['--import', join(import.meta.dirname, 'kill-at.mjs')],
      environment: { LATCHKEY_FULL_AT: String(randomInt(46)) },
    })
    if (status !== 0) expect([status, JSON.parse(stdout)]).toEqual([1, { error: 'storage' }])
    const after = (await json(folder, ['token', 'details'])).value as { pinResetCode: string }
    expectNothingLeft(folder)
    if (after.pinResetCode === before.pinResetCode) expect((await json(folder, ['token', 'unlock'], lines)).status).toBe(0)
    await expectCode(folder, NEW_PIN, nextKeySet(keys.unlock, reset.code))
  })

  // Mounting takes rights that few have: elsewhere the two tests above stand for it.
  if (mayMount()) {
    test('a full file system, and a read-only one', async () => {
      const disk = mkdtempSync(join(tmpdir(), 'latchkey-disk-'))
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk])
      try {
        const folder = join(disk, 'vault')
        cpSync(vault, folder, { recursive: true })
        fill(join(disk, 'filler'))
        const before = contentOf(folder)
        expect(await json(folder, ['token', 'code'], [PIN])).toEqual(refusal)
        expect(await json(folder, ['token', 'code'], [wrongPin])).toEqual(refusal)
        expect(contentOf(folder)).toEqual(before)
        rmSync(join(disk, 'filler'), { recursive: true })
        await expectCode(folder, PIN, keys)
        execFileSync('mount', ['-o', 'remount,ro', disk])
        const readOnly = contentOf(folder)
        expect(await json(folder, ['token', 'code'], [PIN])).toEqual(refusal)
        expect(contentOf(folder)).toEqual(readOnly)
      } finally {
        execFileSync('umount', [disk])
      }
    })
  }
})

function mayMount(): boolean {
  const place = mkdtempSync(join(tmpdir(), 'latchkey-disk-'))
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', place])
  return status === 0 && spawnSync('umount', [place]).status === 0
}

function fill(path: string): void {
  mkdirSync(path)
  for (let number = 0; ; number += 1) {
    try {
      writeFileSync(join(path, String(number)), Buffer.alloc(4096))
    } catch {
      return
    }
  }
}
