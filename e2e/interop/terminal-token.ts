import type { House } from '../browser/house.ts'
import type { WalkersToken } from './walk.ts'

const PIN = '493817'
const MOST_WRONG = 60

/** The terminal's soft token: an identity for each serial number; the last one is in use. */
export function terminalToken(house: House, name: string): WalkersToken {
  const added = new Map<string, string>()
  let codes = 0
  const label = (serial: string): string => `${name} ${serial}`
  const last = (): string => label([...added.keys()].at(-1) ?? '')
  return {
    add: async (serial, activationCode) => {
      const known = added.get(serial)
      if (known !== undefined) return known
      const { registrationCode } = await house.json(['token', 'add', label(serial), '--serial', serial], [activationCode, PIN, PIN])
      added.set(serial, String(registrationCode))
      return String(registrationCode)
    },
    code: async () => {
      codes += 1
      return String((await house.json(['token', 'code', last()], [PIN]))['securityCode'])
    },
    resetCode: async () => {
      // One wrong PIN in sixteen is let through, and counts from the start again (STP-1, 4).
      for (let wrong = 0; wrong < MOST_WRONG; wrong += 1) {
        const answer = await house.json(['token', 'code', last()], [String(730_184 + 1_357 * wrong)])
        if (answer['error'] === 'locked') return String(answer['pinResetCode'])
      }
      throw new Error('the token does not lock')
    },
    unlock: async (unlockCode) => {
      const { unlocked } = await house.json(['token', 'unlock', last()], [unlockCode, PIN, PIN])
      if (unlocked !== true) throw new Error('the unlock code was refused')
    },
    shown: () => codes,
  }
}
