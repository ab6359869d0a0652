import { mkdirSync, mkdtempSync, readdirSync, renameSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { register } from '@latchkey/protocol/activation/registration'
import { parseCode } from '@latchkey/protocol/codes/code'
import { unlockCode } from '@latchkey/protocol/unlock/unlock-code'
import { describe, expect, test } from 'vitest'
import { argon2id } from '../src/vault-folder/argon2id.ts'
import { type Ended, issue, latchkey, newVault, type RunOptions } from './command-line.ts'

const PIN = '184027'
/** More calls than any command makes of a keyring. */
const MOST_CALLS = 40
const IN_FILES = { LATCHKEY_KEYRING: 'off' }

/** A machine whose keyring comes and goes. */
function machine() {
  const keyring = join(mkdtempSync(join(tmpdir(), 'latchkey-')), 'keyring')
  mkdirSync(keyring)
  const node = ['--import', join(import.meta.dirname, 'keyring-double.mjs')]
  const vault = newVault()
  const run = (args: readonly string[], lines: readonly string[], more: RunOptions['environment'] = {}): Promise<Ended> =>
    latchkey(vault, ['token', ...args, '--json'], lines, {
      environment: { LATCHKEY_KEYRING: 'on', LATCHKEY_TEST_KEYRING: keyring, ...more },
      node,
    })
  return {
    run,
    keysIn: { keyring: () => readdirSync(keyring).length, files: () => readdirSync(join(vault, 'keys')).length },
    takeKeyringAway: () => renameSync(keyring, `${keyring} away`),
    bringKeyringBack: () => renameSync(`${keyring} away`, keyring),
    add: async (name: string, more?: RunOptions['environment']) => {
      const issued = issue()
      const { status, stderr, stdout } = await run(['add', name, '--serial', issued.printed], [issued.typed, PIN, PIN], more)
      return { status, stderr, issued, registrationCode: stdout === '' ? '' : JSON.parse(stdout).registrationCode }
    },
    /** An unlock: the identity's next key goes where new ones go now. */
    unlock: async (
      { issued, registrationCode }: { issued: ReturnType<typeof issue>; registrationCode: string },
      more?: RunOptions['environment'],
    ) => {
      const registration = parseCode('registration', issued.serial, registrationCode)
      const { pinResetCode } = JSON.parse((await run(['details', issued.serial], [], more)).stdout)
      const reset = parseCode('reset', issued.serial, pinResetCode)
      if (!registration.ok || !reset.ok) throw new Error('a code that does not fit')
      const keys = await register(argon2id, issued.serial, issued.code, registration.code)
      if (keys === undefined) throw new Error('the registration code does not hold')
      return run(['unlock', issued.serial], [unlockCode(keys.unlock, issued.serial, reset.code), PIN, PIN], more)
    },
    code: async (name: string) => {
      const { stdout } = await run(['code', name], [PIN])
      return JSON.parse(stdout)
    },
    names: async (): Promise<string[]> => JSON.parse((await run(['list'], [])).stdout).map(({ name }: { name: string }) => name),
  }
}

const A_CODE = { securityCode: expect.any(String), validForSeconds: expect.any(Number) }

describe('keys in two places', () => {
  test('an identity in files does without the keyring, though the first one is in it', async () => {
    const { add, code, keysIn, takeKeyringAway, bringKeyringBack } = machine()
    await add('Work')
    expect(keysIn.keyring()).toBe(2)
    await add('Bank', IN_FILES)
    expect([keysIn.keyring(), keysIn.files()]).toEqual([1, 2])
    takeKeyringAway()
    expect(await code('Bank')).toEqual(A_CODE)
    expect(await code('Work')).toEqual({ error: 'storage' })
    bringKeyringBack()
    expect(await code('Work')).toEqual(A_CODE)
  })

  test('an unlock that moves an identity to files leaves nothing of it in the keyring', async () => {
    const { add, unlock, code, keysIn, takeKeyringAway } = machine()
    const added = await add('Work')
    expect((await unlock(added, IN_FILES)).status).toBe(0)
    expect([keysIn.keyring(), keysIn.files()]).toEqual([0, 2])
    takeKeyringAway()
    expect(await code('Work')).toEqual(A_CODE)
  })

  test('an unlock that moves an identity to the keyring leaves the salt, which files keep as near', async () => {
    const { add, unlock, code, keysIn } = machine()
    const added = await add('Work', IN_FILES)
    expect((await unlock(added)).status).toBe(0)
    expect([keysIn.keyring(), keysIn.files()]).toEqual([1, 1])
    expect(await code('Work')).toEqual(A_CODE)
  })
})

describe('a keyring that fails half way', () => {
  test.each(['stays away', 'is there again'])(
    'at any call of the first `add`, and %s: nothing stands in the way of the next',
    async (then) => {
      for (let call = 0; call < MOST_CALLS; call += 1) {
        const { add, code, names, keysIn, takeKeyringAway } = machine()
        const first = await add('Work', { LATCHKEY_KEYRING_FAILS_AT: String(call) })
        if (first.status === 0 && keysIn.keyring() === 2) return
        if (then === 'stays away') takeKeyringAway()
        expect(await names(), `call ${call}: ${first.stderr}`).toEqual(first.status === 0 ? ['Work'] : [])
        expect(await add('Bank'), `call ${call}`).toMatchObject({ status: 0, stderr: '' })
        for (const name of await names()) expect(await code(name), `call ${call}, ${name}`).toEqual(A_CODE)
      }
      throw new Error('no call was the last')
    },
  )
})
