import { cpSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { nextKeySet } from '@latchkey/protocol/activation/keys'
import { ALPHABET } from '@latchkey/protocol/codes/alphabet'
import { type Code, makeCode, parseCode, printCode } from '@latchkey/protocol/codes/code'
import { securityCode, stepAt } from '@latchkey/protocol/otp/totp'
import { unlockCode } from '@latchkey/protocol/unlock/unlock-code'
import { openDeviceSalt } from '@latchkey/soft-token/vault/device-salt'
import { pinHint } from '@latchkey/soft-token/vault/pin-box'
import { describe, expect, test } from 'vitest'
import { openVault } from '../src/token/vault.ts'
import { addToken, issue, json, latchkey, newVault } from './command-line.ts'
import { expectCode } from './expect-code.ts'

const PIN = '184027'
const NEW_PIN = '905813'

// Each test has a vault of its own, and some wait for the clock: they run beside each other.

/** PINs that the hint of this vault catches. */
async function caughtPins(vault: string, count: number): Promise<string[]> {
  const { platform } = openVault({ LATCHKEY_VAULT: vault, LATCHKEY_KEYRING: 'off' })
  const salt = await platform.storage.exclusively((files) => openDeviceSalt(platform, files))
  if (typeof salt === 'string') throw new Error(salt)
  const pins: string[] = []
  for (let number = 300_000; pins.length < count; number += 1) {
    if (pinHint(salt, String(number), 6) !== pinHint(salt, PIN, 6)) pins.push(String(number))
  }
  return pins
}

/** The same code with one symbol mistyped. */
function mistyped(code: string, place: number): string {
  const symbols = code.replaceAll('-', '')
  const wrong = ALPHABET.charAt((ALPHABET.indexOf(symbols.charAt(place)) + 5) % 32)
  return symbols.slice(0, place) + wrong + symbols.slice(place + 1)
}

describe.concurrent('the life of a token, with the exact objects that programs read', () => {
  test('add, code, lock, unlock, code again', async () => {
    const vault = newVault()
    const issued = issue()
    const added = await json(vault, ['token', 'add', 'Work', '--serial', issued.printed], [issued.typed, PIN, PIN])
    expect(added).toEqual({
      status: 0,
      errorLines: 0,
      value: { name: 'Work', serialNumber: issued.printed, registrationCode: expect.stringMatching(/^([0-9A-Z]{4}-){4}[0-9A-Z]{4}$/) },
    })
    expect((await json(vault, ['token', 'list'])).value).toMatchObject([
      { name: 'Work', serialNumber: issued.printed, state: 'registering' },
    ])

    const again = newVault()
    const { issued: token, keys } = await addToken(again, 'Work', PIN)
    const shown = await json(again, ['token', 'code'], [PIN])
    expect(shown).toEqual({
      status: 0,
      errorLines: 0,
      value: { securityCode: expect.stringMatching(/^\d{6}$/), validForSeconds: expect.any(Number) },
    })
    const step = stepAt(Date.now())
    expect([step - 1, step].map((one) => securityCode(keys.otp, one, 6))).toContain((shown.value as { securityCode: string }).securityCode)
    expect((await json(again, ['token', 'details'])).value).toMatchObject({ name: 'Work', state: 'active', sealingKey: 'file', digits: 6 })

    const wrong = await caughtPins(again, 5)
    for (const [index, pin] of wrong.slice(0, 4).entries()) {
      expect(await json(again, ['token', 'code', 'Work'], [pin])).toEqual({
        status: 1,
        errorLines: 1,
        value: { error: 'wrong-pin', triesLeft: 4 - index },
      })
    }
    const locked = await json(again, ['token', 'code'], [wrong[4] ?? ''])
    const pinResetCode = (locked.value as { pinResetCode: string }).pinResetCode
    expect(locked).toEqual({
      status: 1,
      errorLines: 1,
      value: { error: 'locked', pinResetCode: expect.stringMatching(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/) },
    })
    expect((await json(again, ['token', 'code'], [PIN])).value).toEqual({ error: 'locked', pinResetCode })
    expect((await json(again, ['token', 'details'])).value).toMatchObject({ state: 'locked', pinResetCode })

    const reset = parseCode('reset', token.serial, pinResetCode)
    if (!reset.ok) throw new Error(reset.error)
    const unlock = unlockCode(keys.unlock, token.serial, reset.code)
    expect((await json(again, ['token', 'unlock'], [mistyped(unlock, 7)])).value).toEqual({ error: 'typing', suspect: { symbol: 7 } })
    const other = makeCode('unlock', token.serial, mistyped(unlock.slice(0, 10), 3))
    expect(await json(again, ['token', 'unlock'], [other])).toEqual({ status: 1, errorLines: 1, value: { error: 'wrong-unlock-code' } })
    expect((await json(again, ['token', 'unlock'], [unlock, '123456', '123456'])).value).toEqual({ error: 'weak-pin', reason: 'run' })
    expect((await json(again, ['token', 'unlock'], [unlock, NEW_PIN, PIN])).value).toEqual({ error: 'pins-differ' })
    expect(await json(again, ['token', 'unlock'], [printCode(unlock).toLowerCase(), NEW_PIN, NEW_PIN])).toEqual({
      status: 0,
      errorLines: 0,
      value: { name: 'Work', unlocked: true },
    })
    const next = nextKeySet(keys.unlock, reset.code)
    const after = await json(again, ['token', 'code'], [NEW_PIN])
    const now = stepAt(Date.now())
    expect([now - 1, now].map((one) => securityCode(next.otp, one, 6))).toContain((after.value as { securityCode: string }).securityCode)
    expect((await json(again, ['token', 'unlock'], [unlock, NEW_PIN, NEW_PIN])).value).toEqual({ error: 'wrong-unlock-code' })
  })

  test('a third code within half a minute is waited for; each is the next step’s', async () => {
    const vault = newVault()
    const { keys } = await addToken(vault, 'Work', PIN)
    const codes: string[] = []
    const first = stepAt(Date.now())
    for (let entry = 0; entry < 3; entry += 1) {
      codes.push(((await json(vault, ['token', 'code'], [PIN])).value as { securityCode: string }).securityCode)
    }
    const steps = Array.from({ length: 6 }, (_, index) => securityCode(keys.otp, first + index, 6))
    const found = codes.map((code) => steps.indexOf(code))
    expect(found[1]).toBe((found[0] ?? 0) + 1)
    expect(found[2]).toBe((found[1] ?? 0) + 1)
    expect(stepAt(Date.now())).toBeGreaterThanOrEqual(first + (found[2] ?? 0) - 1)
  })

  test('remove takes the identity, its key and the device salt away', async () => {
    const vault = newVault()
    const { issued } = await addToken(vault, 'Work', PIN)
    expect(await json(vault, ['token', 'remove', 'Work'])).toEqual({
      status: 0,
      errorLines: 0,
      value: { name: 'Work', serialNumber: issued.printed, removed: true },
    })
    expect(readdirSync(vault).sort()).toEqual(['keys', 'lock'])
    expect(readdirSync(join(vault, 'keys'))).toEqual([])
    expect((await json(vault, ['token', 'list'])).value).toEqual([])
  })

  test('files are for their owner alone', async () => {
    const vault = newVault()
    await addToken(vault, 'Work', PIN)
    const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8)
    expect(modeOf(vault)).toBe('700')
    expect(modeOf(join(vault, 'keys'))).toBe('700')
    for (const key of readdirSync(join(vault, 'keys'))) expect(modeOf(join(vault, 'keys', key))).toBe('600')
    for (const file of readdirSync(vault).filter((name) => name.endsWith('.sealed'))) expect(modeOf(join(vault, file))).toBe('600')
  })
})

describe.concurrent('refusals: one line, exit code 1, nothing stored', () => {
  const beside = issue()
  const cases: readonly (readonly [string, readonly string[], readonly string[], object])[] = [
    ['a mistyped activation code', ['--serial', beside.printed], [mistyped(beside.typed, 9)], { error: 'typing', suspect: { symbol: 9 } }],
    ['a character that no code has', ['--serial', beside.printed], [beside.typed.replace(/.$/, 'U')], { error: 'symbol', at: 23 }],
    ['a missing character', ['--serial', beside.printed], [beside.typed.slice(0, -1)], { error: 'length' }],
    [
      'an unknown profile',
      ['--serial', beside.printed],
      [makeCode('activation', beside.serial, `Z${'0'.repeat(17)}`)],
      { error: 'profile' },
    ],
    ['a serial number of nine digits', ['--serial', '04829-1573'], [], { error: 'serial' }],
    ['a serial number with a letter', ['--serial', '04829-1573A'], [], { error: 'serial' }],
    ['a serial number with a strange character', ['--serial', '04829_15736'], [], { error: 'symbol', at: 5 }],
    ['a weak PIN', ['--serial', beside.printed], [beside.typed, '111111', '111111'], { error: 'weak-pin', reason: 'repeat' }],
    ['a short PIN', ['--serial', beside.printed], [beside.typed, '12345', '12345'], { error: 'weak-pin', reason: 'length' }],
    ['two PINs that differ', ['--serial', beside.printed], [beside.typed, PIN, NEW_PIN], { error: 'pins-differ' }],
  ]
  test.each(cases)('%s', async (_what, options, lines, refusal) => {
    const vault = newVault()
    expect(await json(vault, ['token', 'add', 'Work', ...options], lines)).toEqual({ status: 1, errorLines: 1, value: refusal })
    expect((await json(vault, ['token', 'list'])).value).toEqual([])
  })

  test('a name that is taken, a serial number that is there, a name that is not', async () => {
    const vault = newVault()
    const { issued } = await addToken(vault, 'Work', PIN)
    const taken = { status: 1, errorLines: 1, value: { error: 'name-taken' } }
    expect(await json(vault, ['token', 'add', 'Work', '--serial', issue().printed])).toEqual(taken)
    expect(await json(vault, ['token', 'add', 'Other', '--serial', issued.printed])).toEqual(taken)
    const missing = { status: 1, errorLines: 1, value: { error: 'no-such-identity' } }
    for (const command of ['code', 'unlock', 'details', 'remove'])
      expect(await json(vault, ['token', command, 'Bank'], [PIN])).toEqual(missing)
    expect(await json(newVault(), ['token', 'code'], [PIN])).toEqual(missing)
  })

  test('an entry that is no PIN is not counted', async () => {
    const vault = newVault()
    await addToken(vault, 'Work', PIN)
    expect(await json(vault, ['token', 'code'], ['12x456'])).toEqual({ status: 1, errorLines: 1, value: { error: 'length' } })
    expect((await json(vault, ['token', 'details'])).value).toMatchObject({ triesLeft: 5 })
  })

  test('a mistyped unlock code is not counted', async () => {
    const vault = newVault()
    const { issued } = await addToken(vault, 'Work', PIN)
    const wrong = makeCode('unlock', issued.serial, '0123456789')
    for (let tries = 0; tries < 5; tries += 1)
      expect((await json(vault, ['token', 'unlock'], [mistyped(wrong, tries)])).value).toMatchObject({ error: 'typing' })
    expect((await json(vault, ['token', 'unlock'], [wrong])).value).toEqual({ error: 'wrong-unlock-code' })
    expect((await json(vault, ['token', 'unlock'], [wrong])).value).toEqual({ error: 'wrong-unlock-code' })
  })

  test('after five wrong unlock codes the token waits', async () => {
    const vault = newVault()
    const { issued } = await addToken(vault, 'Work', PIN)
    const wrong = makeCode('unlock', issued.serial, '0123456789')
    for (let tries = 0; tries < 5; tries += 1) {
      expect((await json(vault, ['token', 'unlock'], [wrong])).value).toEqual({ error: 'wrong-unlock-code' })
    }
    const { value } = await json(vault, ['token', 'unlock'], [wrong])
    expect(value).toEqual({ error: 'wait', seconds: expect.any(Number) })
    expect((value as { seconds: number }).seconds).toBeLessThanOrEqual(60)
  })
})

describe.concurrent('wrong usage ends with 2 and one line', () => {
  test.each([
    ['an unknown command', ['token', 'dance']],
    ['an unknown option', ['token', 'list', '--colour']],
    ['add without a serial number', ['token', 'add', 'Work']],
    ['add without a name', ['token', 'add', '--serial', '0482915736']],
    ['a PIN as an argument', ['token', 'code', 'Work', '184027']],
    ['a name of nothing', ['token', 'add', ' ', '--serial', '0482915736']],
    ['a name with a control character', ['token', 'add', 'a\u001b[31mb', '--serial', '0482915736']],
  ])('%s', async (_what, args) => {
    const { status, stdout, stderr } = await latchkey(newVault(), args)
    expect(status).toBe(2)
    expect(stdout).toBe('')
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
    expect(stderr).not.toContain('\u001b')
  })

  test('standard input that ends too early', async () => {
    const vault = newVault()
    const { printed, typed } = issue()
    for (const lines of [[], [typed], [typed, PIN]]) {
      expect(await json(vault, ['token', 'add', 'Work', '--serial', printed], lines)).toMatchObject({ status: 2, errorLines: 1 })
    }
  })

  test('no name where there are several identities', async () => {
    const vault = newVault()
    await addToken(vault, 'Work', PIN)
    await addToken(vault, 'Bank', PIN)
    expect(await json(vault, ['token', 'code'], [PIN])).toMatchObject({ status: 2, errorLines: 1 })
    expect((await json(vault, ['token', 'code', 'Bank'], [PIN])).status).toBe(0)
  })
})

test.concurrent('an identity may be named by its serial number, and renamed', async () => {
  const vault = newVault()
  const { issued } = await addToken(vault, 'Work', PIN)
  expect(await json(vault, ['token', 'rename', issued.printed, 'Office'])).toMatchObject({ status: 0, value: { name: 'Office' } })
  expect((await json(vault, ['token', 'details', issued.serial])).value).toMatchObject({ name: 'Office' })
})

test.concurrent('no secret is printed where it was not asked for', async () => {
  const vault = newVault()
  const { issued } = await addToken(vault, 'Work', PIN)
  const outputs = await Promise.all(
    [
      ['token', 'list'],
      ['token', 'details'],
      ['token', 'code'],
    ].map((args) => latchkey(vault, args, [PIN])),
  )
  const everything = outputs.map(({ stdout, stderr }) => stdout + stderr).join('\n')
  expect(everything).not.toContain(PIN)
  expect(everything).not.toContain((issued.code as Code<'activation'>).slice(0, 18))
  expect(everything).not.toContain(issued.typed)
})

test.concurrent('help and version end with 0, as does the bare command', async () => {
  for (const args of [[], ['--help'], ['--version'], ['token', '--help'], ['token', 'code', '--help']]) {
    const { status, stdout, stderr } = await latchkey(newVault(), args)
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout.length).toBeGreaterThan(4)
  }
})

describe.concurrent('odd places and odd pipes', () => {
  test('a PIN given as an argument is refused, and not said again', async () => {
    const { status, stderr } = await latchkey(newVault(), ['token', 'code', 'Work', PIN])
    expect(status).toBe(2)
    expect(stderr).not.toContain(PIN)
  })

  test.each(['/dev/null/vault', join(import.meta.dirname, 'command-line.ts', 'vault')])(
    'a vault at %s is no empty vault',
    async (vault) => {
      expect(await json(vault, ['token', 'list'])).toEqual({ status: 1, errorLines: 1, value: { error: 'storage' } })
    },
  )

  test('an answer that nobody can take is no success, and no stack trace', async () => {
    const vault = newVault()
    await addToken(vault, 'Work', PIN)
    const { status, stderr } = await latchkey(vault, ['token', 'list'], [], { prefix: ['sh', '-c', 'exec "$@" >/dev/full', 'sh'] })
    expect(status).toBe(1)
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
  })

  test('stray files and folders in the vault are left alone and block nothing', async () => {
    const vault = newVault()
    const { issued } = await addToken(vault, 'Work', PIN)
    mkdirSync(join(vault, '1111111111.sealed'))
    mkdirSync(join(vault, `${issued.serial}.sealed.new`))
    cpSync(join(vault, `${issued.serial}.sealed`), join(vault, 'backup.sealed.new'))
    expect((await json(vault, ['token', 'list'])).value).toMatchObject([{ name: 'Work' }])
    expect((await json(vault, ['token', 'details'])).status).toBe(0)
    expect(readdirSync(vault)).toContain('backup.sealed.new')
  })

  test('lines may end with carriage return and line feed, the last with nothing, and hold what a code may hold', async () => {
    const vault = newVault()
    const { printed, typed } = issue()
    const lines = [`${typed.slice(0, 4)}\u2028${typed.slice(4)}\r`, `${PIN}\r`, PIN]
    expect((await json(vault, ['token', 'add', 'Work', '--serial', printed], lines)).status).toBe(0)
    expect((await json(vault, ['token', 'details', ' Work '])).status).toBe(0)
  })

  test('a line that never ends is refused', async () => {
    const { status, stderr } = await latchkey(newVault(), ['token', 'add', 'Work', '--serial', '0482915736'], ['0'.repeat(100_000)])
    expect([status, stderr.trimEnd().split('\n').length]).toEqual([2, 1])
  })

  test('whoever is ended while waiting for a code loses none: the next one gets it', async () => {
    const vault = newVault()
    const { keys } = await addToken(vault, 'Work', PIN)
    for (let entry = 0; entry < 2; entry += 1) await json(vault, ['token', 'code'], [PIN])
    for (let entry = 0; entry < 3; entry += 1) {
      const { status, stdout } = await latchkey(vault, ['token', 'code', '--json'], [PIN], { endAfterMs: 2000 })
      // Before the PIN was taken in, nothing listens: the system ends the process, and no step is taken.
      if (status === 1) expect(JSON.parse(stdout)).toEqual({ error: 'left' })
      else expect([0, null]).toContain(status)
    }
    await expectCode(vault, PIN, keys)
  })
})
