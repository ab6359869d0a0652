import type { Code } from '@latchkey/protocol/codes/code'
import type { Profile } from '@latchkey/protocol/codes/profile'
import { isSerialNumber } from '@latchkey/protocol/codes/serial-number'
import { listIdentities } from '../../src/identity/list-identities.ts'
import { removeIdentity } from '../../src/identity/remove-identity.ts'
import { showCode } from '../../src/identity/show-code.ts'
import { beginUnlock, finishUnlock } from '../../src/identity/unlock-identity.ts'
import type { Platform } from '../../src/platform.ts'
import { type Disk, Killed, makeDisk, seededDraw, startProcess } from '../memory-platform.ts'
import { activateToken, answer, type ServerToken } from '../server-half.ts'

/** What happened in an installation: the disk, and every PIN that was ever entered as a new one. */
export type History = { disk: Disk; events: string[] }
export type Plan = { seed: number; profile: Profile; pins: readonly string[]; events: number; start?: typeof startProcess }

type Installation = { disk: Disk; tokens: Map<string, ServerToken>; pick: (count: number) => number }

/**
 * A random history: identities added under few PINs, right and wrong entries, unlocks and changes of PIN, removals (never of the last one),
 * and a kill at a random step of every third event. The server follows: it keeps every key set that an unlock code was given for.
 */
export async function liveThrough(plan: Plan): Promise<History> {
  const draw = seededDraw(plan.seed)
  const pick = (count: number): number => new DataView(draw(4).buffer).getUint32(0) % count
  const installation: Installation = { disk: makeDisk(), tokens: new Map(), pick }
  const events: string[] = []
  for (let event = 0; event < plan.events; event += 1) {
    const pin = plan.pins[pick(plan.pins.length)] ?? ''
    const platform = (plan.start ?? startProcess)(installation.disk, seededDraw(plan.seed * 1000 + event))
    const killAt = pick(3) === 0 ? pick(24) : undefined
    installation.disk.fuse = killAt
    const name = await somethingHappens(installation, platform, plan.profile, pin).catch((error: unknown) => {
      if (error instanceof Killed) return 'killed'
      throw error
    })
    installation.disk.fuse = undefined
    events.push(name)
  }
  return { disk: installation.disk, events }
}

async function somethingHappens(installation: Installation, platform: Platform, profile: Profile, pin: string): Promise<string> {
  const { tokens, pick } = installation
  const { identities } = await listIdentities(platform)
  const identity = identities[pick(Math.max(1, identities.length))]
  if (identity === undefined || (identities.length < 4 && pick(4) === 0)) {
    const token = await activateToken(platform, `name ${pick(1_000_000)}`, pin, profile)
    tokens.set(token.serial, token)
    return 'add'
  }
  if (identities.length > 1 && pick(8) === 0) return (await removeIdentity(platform, identity.serial)) ? 'remove' : 'none'
  const token = tokens.get(identity.serial)
  if (token === undefined || pick(2) === 0) return enterPin(platform, identity.serial, pin)
  return unlock(installation, platform, token, identity.resetCode, pin)
}

async function enterPin(platform: Platform, serial: string, pin: string): Promise<string> {
  if (!isSerialNumber(serial)) throw new Error('a serial number')
  const shown = await showCode(platform, serial, pin)
  return shown.ok ? 'code' : shown.error
}

/** Identities that a kill hid from the server (no registration) are left alone: nobody has an unlock code for them. */
async function unlock(
  installation: Installation,
  platform: Platform,
  token: ServerToken,
  resetCode: Code<'reset'>,
  pin: string,
): Promise<string> {
  const { unlock: code, next } = answerOrNext(installation, token, resetCode)
  const pending = await beginUnlock(platform, token.serial, code)
  if (!pending.ok) return pending.error
  installation.tokens.set(`${token.serial}/next`, next)
  const finished = await finishUnlock(platform, pending, pin)
  return finished.ok ? 'unlock' : finished.error
}

/** The server tries the next sets first: a proof of ten bits may hold by chance under the current one. */
function answerOrNext({ tokens }: Installation, token: ServerToken, resetCode: Code<'reset'>) {
  const pending = tokens.get(`${token.serial}/next`)
  if (pending === undefined) return answer(token, resetCode)
  try {
    const answered = answer(pending, resetCode)
    tokens.set(token.serial, pending)
    return answered
  } catch {
    return answer(token, resetCode)
  }
}
