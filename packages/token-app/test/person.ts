import { createHash, randomBytes } from 'node:crypto'
import { drawActivationCode } from '@latchkey/protocol/activation/activation-code'
import type { Argon2id } from '@latchkey/protocol/activation/argon2id'
import { type KeySet, nextKeySet } from '@latchkey/protocol/activation/keys'
import { register } from '@latchkey/protocol/activation/registration'
import type { Code } from '@latchkey/protocol/codes/code'
import type { Profile } from '@latchkey/protocol/codes/profile'
import { drawSerialNumber, type SerialNumber } from '@latchkey/protocol/codes/serial-number'
import { securityCode } from '@latchkey/protocol/otp/totp'
import { resetCodeHolds } from '@latchkey/protocol/unlock/reset-code'
import { unlockCode } from '@latchkey/protocol/unlock/unlock-code'
import { hashRaw } from '@node-rs/argon2'
import type { Page } from 'playwright'

export const PIN = '184027'
export const OTHER_PIN = '905813'
const PROFILE: Profile = { digits: 6, pinMinimum: 6 }

/** What the server knows of a token: the other implementation of everything that the browser computes. */
export type Token = { serial: SerialNumber; label: string; keys: KeySet; registrationCode: Code<'registration'> }

const draw = (length: number): Uint8Array => new Uint8Array(randomBytes(length))
const nativeArgon2id: Argon2id = ({ password, salt, memoryKiB, passes, parallelism, length }) =>
  hashRaw(password, { salt, memoryCost: memoryKiB, timeCost: passes, parallelism, outputLen: length, algorithm: 2, version: 1 })

/** What `page/cheap-argon2id.js` computes. */
export const cheapArgon2id: Argon2id = async ({ password, salt }) =>
  new Uint8Array(createHash('sha256').update(password).update(salt).digest())

export function issue() {
  const serial = drawSerialNumber(draw)
  return { serial, code: drawActivationCode(serial, PROFILE, draw) }
}

/** A whole activation in a tab; throws if the vault refuses or the server does not take the registration code. */
export async function activate(page: Page, label: string, argon2id: Argon2id = nativeArgon2id): Promise<Token> {
  const { serial, code } = issue()
  const added = await page.evaluate((identity) => vault.add(identity), { label, serial, code, pin: PIN })
  if (!added.ok) throw new Error(added.error)
  return tokenOf(label, serial, code, added.registrationCode, argon2id)
}

/** The server's half of an activation. */
export async function tokenOf(
  label: string,
  serial: SerialNumber,
  code: Code<'activation'>,
  registrationCode: Code<'registration'>,
  argon2id: Argon2id = nativeArgon2id,
): Promise<Token> {
  const keys = await register(argon2id, serial, code, registrationCode)
  if (keys === undefined) throw new Error('the registration code does not hold')
  return { serial, label, keys, registrationCode }
}

/** The server answers a PIN reset code. */
export function answer(token: Token, resetCode: Code<'reset'>): { unlock: Code<'unlock'>; next: Token } {
  if (!resetCodeHolds(token.keys.unlock, token.serial, resetCode)) throw new Error('the PIN reset code does not hold')
  return {
    unlock: unlockCode(token.keys.unlock, token.serial, resetCode),
    next: { ...token, keys: nextKeySet(token.keys.unlock, resetCode) },
  }
}

/** What the vault says of everything in it; throws if the browser refuses. */
export async function listingOf(page: Page) {
  const listing = await page.evaluate(() => vault.list())
  if ('ok' in listing) throw new Error('the vault cannot be listed')
  return listing
}

export async function summaryOf(page: Page, serial: SerialNumber) {
  const found = (await listingOf(page)).identities.find((identity) => identity.serial === serial)
  if (found === undefined) throw new Error('the identity is not there')
  return found
}

export function show(page: Page, serial: SerialNumber, pin: string) {
  return page.evaluate((entry) => vault.showCode(entry.serial, entry.pin), { serial, pin })
}

/** Whether a PIN gives a code that the server computes as well. */
export async function givesRightCode(page: Page, token: Token, pin = PIN): Promise<boolean> {
  const shown = await show(page, token.serial, pin)
  return shown.ok && shown.code === securityCode(token.keys.otp, shown.step, 6)
}

/** A PIN that the hint catches, found by entering some, with the count given back at the end. */
export async function caughtPin(page: Page, serial: SerialNumber): Promise<string> {
  for (let number = 700_001; ; number += 1) {
    const refused = await show(page, serial, String(number))
    if (refused.ok) continue
    await show(page, serial, PIN)
    return String(number)
  }
}

/** Five PINs that are caught. */
export async function lockToken(page: Page, serial: SerialNumber): Promise<void> {
  const wrong = await caughtPin(page, serial)
  for (let tries = 0; tries < 5; tries += 1) await show(page, serial, wrong)
}

/** PIN reset code out, unlock code in, a new PIN. */
export async function unlockToken(page: Page, token: Token, pin: string): Promise<Token> {
  const { unlock, next } = answer(token, (await summaryOf(page, token.serial)).resetCode)
  const begun = await page.evaluate((entry) => vault.beginUnlock(entry.serial, entry.unlock), { serial: token.serial, unlock })
  if (!begun.ok) throw new Error(begun.error)
  const finished = await page.evaluate((entry) => vault.finishUnlock(entry), pin)
  if (!finished.ok) throw new Error(finished.error)
  return next
}
