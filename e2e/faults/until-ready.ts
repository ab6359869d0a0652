import { setTimeout as pause } from 'node:timers/promises'
import type { Attempt, History } from './history.ts'
import type { Instance } from './instance.ts'

const READY_WITHIN_MS = 60_000

/** A server comes back by itself: nobody starts it again. */
export async function untilReady(instance: Instance): Promise<void> {
  const until = performance.now() + READY_WITHIN_MS
  let said: string | undefined
  while (performance.now() < until) {
    if (!instance.running()) throw new Error(`a server ended by itself: ${instance.printed()}`)
    said = await instance.readiness()
    if (said === 'ready\n') return
    await pause(100)
  }
  throw new Error(`a server does not get ready again: ${said}, ${instance.printed()}`)
}

/** Waits until so many more codes were answered: what a fault meets shall be work. */
export async function untilAnswered({ attempts }: History, times: number, outcomes: readonly Attempt['outcome'][]): Promise<void> {
  const until = performance.now() + READY_WITHIN_MS
  const from = attempts.length
  while (performance.now() < until) {
    if (attempts.slice(from).filter(({ outcome }) => outcomes.includes(outcome)).length >= times) return
    await pause(20)
  }
  throw new Error('nothing is answered any more')
}

/** Waits until so many more changes were made: the process that makes them ends with its database, and begins again. */
export async function untilChanged({ changes }: History, times: number): Promise<void> {
  const until = performance.now() + READY_WITHIN_MS
  const from = changes.length
  while (performance.now() < until) {
    if (changes.length >= from + times) return
    await pause(20)
  }
  throw new Error('nothing is changed any more')
}
