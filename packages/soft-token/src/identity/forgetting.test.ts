import { beforeEach, expect, test } from 'vitest'
import { lockToken } from '../../test/course.ts'
import { makeDisk, seededDraw, startProcess } from '../../test/memory-platform.ts'
import { activateToken, answer, type ServerToken } from '../../test/server-half.ts'
import type { Platform } from '../platform.ts'
import { listIdentities } from './list-identities.ts'
import { showCode } from './show-code.ts'
import { beginUnlock, discardUnlock, finishUnlock } from './unlock-identity.ts'

const PIN = '184027'

/** A platform that remembers every array with a secret that it handed out or was handed. */
function watched(platform: Platform): { platform: Platform; secrets: Uint8Array[] } {
  const secrets: Uint8Array[] = []
  const remember = <T extends Uint8Array | undefined>(bytes: T): T => {
    if (bytes !== undefined) secrets.push(bytes)
    return bytes
  }
  return {
    secrets,
    platform: {
      ...platform,
      argon2id: async (input) => remember(await platform.argon2id(input)),
      aead: {
        seal: (key, nonce, plaintext, additional) => platform.aead.seal(remember(key), nonce, plaintext, additional),
        open: async (key, nonce, sealed, additional) => remember(await platform.aead.open(remember(key), nonce, sealed, additional)),
      },
      keys: { ...platform.keys, seal: (id, plaintext, additional) => platform.keys.seal(id, remember(plaintext), additional) },
    },
  }
}

let token: ServerToken
let secrets: Uint8Array[]
let platform: Platform

beforeEach(async () => {
  const process = startProcess(makeDisk(), seededDraw(41))
  token = await activateToken(process, 'Work', PIN)
  ;({ platform, secrets } = watched(process))
})

function expectForgotten(least: number): void {
  expect(secrets.length).toBeGreaterThanOrEqual(least)
  expect(secrets.filter((secret) => secret.some((byte) => byte !== 0))).toEqual([])
}

test('an activation leaves root, pinKey and the box’s key forgotten', async () => {
  await activateToken(platform, 'Bank', PIN)
  expectForgotten(4)
})

test('an entry of the PIN leaves pinKey and the record’s plaintext forgotten', async () => {
  expect(await showCode(platform, token.serial, PIN)).toMatchObject({ ok: true })
  expectForgotten(3)
})

test('a lock and a refused entry leave nothing either', async () => {
  await lockToken(platform, token, PIN)
  expectForgotten(5)
})

test('an unlock leaves key(unlock), the box’s key and the next key set forgotten', async () => {
  const [identity] = (await listIdentities(platform)).identities
  if (identity === undefined) throw new Error('it is there')
  const pending = await beginUnlock(platform, token.serial, answer(token, identity.resetCode).unlock)
  if (!pending.ok) throw new Error(pending.error)
  expectForgotten(4)
  await finishUnlock(platform, pending, '905813')
  secrets.push(pending.keys.otp, pending.keys.unlock, pending.keys.sign)
  expectForgotten(8)
})

test('an unlock that is left leaves the next key set forgotten', async () => {
  const [identity] = (await listIdentities(platform)).identities
  if (identity === undefined) throw new Error('it is there')
  const pending = await beginUnlock(platform, token.serial, answer(token, identity.resetCode).unlock)
  if (!pending.ok) throw new Error(pending.error)
  discardUnlock(pending)
  secrets.push(pending.keys.otp, pending.keys.unlock, pending.keys.sign)
  expectForgotten(6)
})
