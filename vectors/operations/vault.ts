import { type Event, next, type State } from '@latchkey/soft-token/identity/flow'
import { hasPinForm, pinRefusal } from '@latchkey/soft-token/pins/pin-refusal'
import { closePinBox, derivePinKey, openPinBox, pictureOf, pinHint } from '@latchkey/soft-token/vault/pin-box'
import { closeUnlockBox, deriveUnlockBoxKey, openUnlockBox } from '@latchkey/soft-token/vault/unlock-box'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { aead } from './aead.ts'
import { argon2id } from './argon2id.ts'
import { goodCode, serialNumber } from './codes.ts'
import type { Answer, Given, PinEntry } from './given.ts'

/** STP-1, 4: PINs and the vault. */
export const vault = {
  'choose-pin': ({ pin, minimum }: Given['choose-pin']): Answer => {
    const error = pinRefusal(pin, minimum)
    return error === undefined ? { allowed: true } : { error }
  },

  'pin-hint': ({ deviceSalt, pin, pinMinimum }: Given['pin-hint']): Answer => {
    return { pinHint: pinHint(hexToBytes(deviceSalt), pin, pinMinimum) }
  },

  'close-pin-box': async ({ pin, pinSalt, otpKey, signKey }: Given['close-pin-box']): Promise<Answer> => {
    const pinKey = await derivePinKey(argon2id, pin, hexToBytes(pinSalt))
    const pinBox = closePinBox(pinKey, { otp: hexToBytes(otpKey), sign: hexToBytes(signKey) })
    return { pinKey: bytesToHex(pinKey), pinBox: bytesToHex(pinBox), picture: pictureNumbers(pinKey) }
  },

  'open-pin-box': async ({ pin, pinSalt, pinBox }: Given['open-pin-box']): Promise<Answer> => {
    const pinKey = await derivePinKey(argon2id, pin, hexToBytes(pinSalt))
    const { otp, sign } = openPinBox(pinKey, hexToBytes(pinBox))
    return { otpKey: bytesToHex(otp), signKey: bytesToHex(sign), picture: pictureNumbers(pinKey) }
  },

  'close-unlock-box': async (given: Given['close-unlock-box']): Promise<Answer> => {
    const { serial, code, unlockSalt, unlockNonce } = unlockInput(given)
    const boxKey = await deriveUnlockBoxKey(argon2id, code, unlockSalt)
    const fresh = { unlockSalt, unlockNonce }
    const { unlockBox } = await closeUnlockBox({ argon2id, aead }, serial, code, hexToBytes(given.unlockKey), fresh)
    return { unlockBoxKey: bytesToHex(boxKey), unlockBox: bytesToHex(unlockBox) }
  },

  'open-unlock-box': async (given: Given['open-unlock-box']): Promise<Answer> => {
    const { serial, code, unlockSalt, unlockNonce } = unlockInput(given)
    const box = { unlockSalt, unlockNonce, unlockBox: hexToBytes(given.unlockBox) }
    const unlockKey = await openUnlockBox(aead, serial, await deriveUnlockBoxKey(argon2id, code, unlockSalt), box)
    return unlockKey === undefined ? { error: 'wrong-unlock-code' } : { unlockKey: bytesToHex(unlockKey) }
  },

  'enter-pins': (given: Given['enter-pins']): Answer => {
    let state: State = { name: 'active', failedPins: 0 }
    const outcomes = given.entries.map((entry) => {
      const entered = enterPin(state, entry, given)
      state = entered.state
      return entered.outcome
    })
    return { outcomes }
  },
}

type Entered = { outcome: 'locked' | 'not-judged' | 'killed' | 'let-through' | 'caught'; state: State }

/** One entry at a token whose PIN is `pin`: counted before it is judged. `killed` ends the program between the two. */
function enterPin(state: State, entry: PinEntry, { deviceSalt, pin, pinMinimum }: Given['enter-pins']): Entered {
  const started = after(state, 'start')
  if (started.name === 'locked') return { outcome: 'locked', state: started }
  if (!hasPinForm(entry.pin, pinMinimum)) return { outcome: 'not-judged', state: started }
  const claimed = after(started, 'claim-pin')
  if (entry.killed === true) return { outcome: 'killed', state: claimed }
  const salt = hexToBytes(deviceSalt)
  if (pinHint(salt, entry.pin, pinMinimum) === pinHint(salt, pin, pinMinimum)) {
    return { outcome: 'let-through', state: after(claimed, 'pin-passed') }
  }
  const caught = after(claimed, 'pin-caught')
  return { outcome: caught.name === 'locked' ? 'locked' : 'caught', state: caught }
}

function after(state: State, event: Event): State {
  const reached = next(state, event)
  if ('refused' in reached) throw new Error(`an identity that is ${state.name} refuses ${event}`)
  return reached
}

function unlockInput(given: Omit<Given['close-unlock-box'], 'unlockKey'>) {
  const serial = serialNumber(given.serial)
  const code = goodCode('unlock', serial, given.unlockCode)
  return { serial, code, unlockSalt: hexToBytes(given.unlockSalt), unlockNonce: hexToBytes(given.unlockNonce) }
}

function pictureNumbers(pinKey: Uint8Array): [number, number] {
  const { first, second } = pictureOf(pinKey)
  return [first, second]
}
