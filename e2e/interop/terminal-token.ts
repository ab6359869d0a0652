import type { House } from '../browser/house.ts'
import type { WalkersToken } from './walk.ts'

const PIN = '493817'
const WRONG_PINS = ['918273', '817263', '716253', '615243', '514233'] as const

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
      const details = await house.json(['token', 'details', last()])
      if (details['state'] === 'locked') return String(details['pinResetCode'])
      for (const wrong of WRONG_PINS) await house.run(['token', 'code', last()], [wrong])
      return String((await house.json(['token', 'details', last()]))['pinResetCode'])
    },
    unlock: async (unlockCode) => {
      const { unlocked } = await house.json(['token', 'unlock', last()], [unlockCode, PIN, PIN])
      if (unlocked !== true) throw new Error('the unlock code was refused')
    },
    shown: () => codes,
  }
}
