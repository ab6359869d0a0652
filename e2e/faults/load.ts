import { setTimeout as pause } from 'node:timers/promises'
import { securityCode, stepAt } from '@latchkey/protocol/otp/totp'
import type { Person } from '../../bench/server/people.ts'
import { ask, type Where } from './ask.ts'
import type { History } from './history.ts'
import { pick } from './seed.ts'

/** Wrong codes that one person gets: more would make them wait for hours. */
const WRONG_EACH = 8
/** Codes that were just sent, to be sent again: above all those that a fault met. */
const RECENT = 400
/** Nobody asks a server that does not answer without a pause. */
const FAILED_PAUSE_MS = 20

export type Load = {
  /** Lets what is under way end. */
  readonly stop: () => Promise<void>
}
export type Loading = {
  people: readonly Person[]
  wheres: readonly Where[]
  history: History
  draw: () => number
  /** Requests under way at once. */
  atOnce: number
}

type Sent = { person: Someone; step: number; code: string }
type Someone = Person & { next: number; wrong: number }

/**
 * Sends security codes to all servers until it is stopped: right ones, each to two servers (or twice to the same) at once; right ones
 * again; now and then a wrong one. Everything that is sent stands in the history.
 */
export function startLoad({ people, wheres, history, draw, atOnce }: Loading): Load {
  const everybody = people.map((person): Someone => ({ ...person, next: 0, wrong: 0 }))
  const recent: Sent[] = []
  let stopping = false

  const send = async (person: Someone, step: number | undefined, code: string): Promise<void> => {
    const where = pick(draw, wheres)
    const sentAt = performance.now()
    const { outcome, request } = await ask(where, person.name, code)
    if (outcome !== 'unreached') history.attempts.push({ person: person.name, step, sentAt, endedAt: performance.now(), outcome, request })
    if (outcome === 'unreached' || outcome === 'unknown') await pause(FAILED_PAUSE_MS)
  }

  const sendFresh = async (person: Someone, step: number): Promise<void> => {
    person.next = step + 1
    const code = securityCode(person.otp, step, 6)
    if (!isOnlyOf(person, step, code)) return
    if (recent.push({ person, step, code }) > RECENT) recent.shift()
    await Promise.all([send(person, step, code), send(person, step, code)])
  }

  const act = async (): Promise<void> => {
    const person = pick(draw, everybody)
    const now = stepAt(Date.now())
    const chosen = draw()
    if (chosen < 0.03 && person.wrong < WRONG_EACH) {
      person.wrong += 1
      return send(person, undefined, wrongCode(person, now))
    }
    const fresh = Math.max(person.next, now)
    if (chosen < 0.6 && fresh <= now + 1) return sendFresh(person, fresh)
    const again = recent[Math.floor(draw() * recent.length)]
    if (again === undefined || again.step < now) return pause(1)
    return send(again.person, again.step, again.code)
  }

  const work = async (): Promise<void> => {
    while (!stopping) await act()
  }
  const working = Array.from({ length: atOnce }, work)
  return {
    stop: async () => {
      stopping = true
      await Promise.all(working)
      for (const { agent } of wheres) agent.destroy()
    },
  }
}

/** How far from a step another one with the same code could be mistaken for it. */
const NEAR = 6

/** One code in a hundred thousand stands for two steps near each other: what the history says of it would be a guess. */
function isOnlyOf({ otp }: Person, step: number, code: string): boolean {
  for (let other = step - NEAR; other <= step + NEAR; other += 1) {
    if (other !== step && securityCode(otp, other, 6) === code) return false
  }
  return true
}

function wrongCode(person: Person, now: number): string {
  const right = new Set(Array.from({ length: 2 * NEAR + 1 }, (_, index) => securityCode(person.otp, now - NEAR + index, 6)))
  for (let code = 0; ; code += 1) {
    const text = String(code).padStart(6, '0')
    if (!right.has(text)) return text
  }
}
