import type { Kind } from '@latchkey/protocol/codes/kinds'
import type { Profile } from '@latchkey/protocol/codes/profile'

type Digits = Profile['digits']
type PinMinimum = Profile['pinMinimum']
type UnlockBoxInput = { serial: string; unlockCode: string; unlockSalt: string; unlockNonce: string }
export type HashName = 'SHA1' | 'SHA256' | 'SHA512'
export type PinEntry = { pin: string; killed?: true }

/** What each operation is given, as `schema.json` lets it through. Binary is lower-case hex, codes are canonical, times are Unix seconds. */
export type Given = {
  normalise: { typed: string }
  'parse-serial-number': { typed: string }
  'parse-code': { kind: Kind; serial: string; typed: string }
  'make-code': { kind: Kind; serial: string; body: string }
  'read-profile': { symbol: string }
  'write-profile': Profile
  activate: { serial: string; activationCode: string; r: string }
  register: { serial: string; activationCode: string; registrationCode: string }
  'security-code': { key: string; unixTime: number; digits: Digits }
  'step-to-show': { unixTime: number; lastShown: number | null }
  'find-step': { key: string; digits: Digits; unixTime: number; drift: number; lastAccepted: number | null; code: string }
  resynchronise: { key: string; digits: Digits; unixTime: number; lastAccepted: number | null; first: string; second: string }
  'learn-drift': { drift: number; offsets: number[] }
  'accept-codes': { key: string; digits: Digits; drift: number; codes: { unixTime: number; code: string }[] }
  'make-reset-code': { serial: string; unlockKey: string; challenge: string }
  'answer-reset-code': { serial: string; unlockKey: string; pinResetCode: string }
  'unlock-wait': { wrongUnlockCodes: number }
  'next-key-set': { serial: string; unlockKey: string; pinResetCode: string }
  'chain-key-sets': { serial: string; unlockKey: string; challenges: string[] }
  hotp: { key: string; hash: HashName; counter: number; digits: number }
  totp: { key: string; hash: HashName; unixTime: number; digits: number }
  ocra: { suite: string; key: string; questions: string[]; counter?: number; pinHash?: string; timeStep?: number }
  'choose-pin': { pin: string; minimum: PinMinimum }
  'pin-hint': { deviceSalt: string; pin: string; pinMinimum: PinMinimum }
  'close-pin-box': { pin: string; pinSalt: string; otpKey: string; signKey: string }
  'open-pin-box': { pin: string; pinSalt: string; pinBox: string }
  'close-unlock-box': UnlockBoxInput & { unlockKey: string }
  'open-unlock-box': UnlockBoxInput & { unlockBox: string }
  'enter-pins': { deviceSalt: string; pin: string; pinMinimum: PinMinimum; entries: PinEntry[] }
}
export type Operation = keyof Given

/** What an operation answers: values by name, or `error` with what belongs to it. */
export type Answer = { readonly [name: string]: unknown }

/** One file. */
export type Vector<O extends Operation = Operation> = {
  [Each in O]: { scenario: string; operation: Each; source: string; given: Given[Each]; expect: Answer }
}[O]
