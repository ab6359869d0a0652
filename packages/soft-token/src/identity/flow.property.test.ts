import type { SerialNumber } from '@latchkey/protocol/codes/serial-number'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { deviceSaltOf, givesRightCode, otherPin } from '../../test/course.ts'
import { Killed, makeDisk, seededDraw, startProcess } from '../../test/memory-platform.ts'
import { activateToken, answer, type ServerToken } from '../../test/server-half.ts'
import { type Event, next, PIN_TRIES, type State } from './flow.ts'
import { listIdentities } from './list-identities.ts'
import { removeIdentity } from './remove-identity.ts'
import { showCode } from './show-code.ts'
import { beginUnlock, finishUnlock } from './unlock-identity.ts'

const EVENTS: readonly Event[] = ['add', 'start', 'confirm-registration', 'claim-pin', 'pin-passed', 'pin-caught', 'unlock', 'remove']

test('whatever happens in whatever order, the machine never offers a sixth try and loses an identity only by its removal', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...EVENTS), { maxLength: 60 }), (events) => {
      let state: State = { name: 'absent' }
      let claims = 0
      for (const event of events) {
        const after = next(state, event)
        if ('refused' in after) continue
        if (event === 'claim-pin' && after.name !== 'locked') claims += 1
        if (event === 'pin-passed' || event === 'unlock' || event === 'add') claims = 0
        expect(claims).toBeLessThanOrEqual(PIN_TRIES)
        if (after.name === 'absent') expect(event).toBe('remove')
        state = after
      }
    }),
    { numRuns: 2000 },
  )
})

const PINS = ['184027', '905813'] as const
type Step = { what: 'right' | 'wrong' | 'unlock' | 'unlock-wrong' | 'look' | 'remove'; killAt: number | undefined }
const steps = fc.array(
  fc.record({
    what: fc.constantFrom<Step['what']>('right', 'wrong', 'wrong', 'wrong', 'unlock', 'unlock-wrong', 'look', 'remove'),
    killAt: fc.option(fc.nat(20), { nil: undefined, freq: 2 }),
  }),
  { maxLength: 25 },
)

/** What a person who is told everything believes of the identity. */
type Belief = { token: ServerToken; possible: ServerToken[]; caughtInARow: number; gone: boolean }

test('the verbs, killed at random steps, never allow a sixth caught PIN and never lose an identity without saying so', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), steps, async (seed, course) => {
      const disk = makeDisk()
      const first = startProcess(disk, seededDraw(seed))
      const token = await activateToken(first, 'Work', PINS[0])
      const wrongPin = otherPin(await deviceSaltOf(first), PINS[0], 'caught')
      const belief: Belief = { token, possible: [token], caughtInARow: 0, gone: false }
      for (const [index, step] of course.entries()) {
        const process = startProcess(disk, seededDraw(seed + index + 1))
        disk.fuse = step.killAt
        const happened = await doStep(process, belief, step, wrongPin).catch((error: unknown) => {
          if (error instanceof Killed) return 'killed'
          throw error
        })
        disk.fuse = undefined
        await expectConsistent(startProcess(disk, seededDraw(seed - index - 1)), belief, step, happened)
        if (belief.gone) return
      }
    }),
    { numRuns: 150 },
  )
})

async function doStep(process: ReturnType<typeof startProcess>, belief: Belief, step: Step, wrongPin: string): Promise<string> {
  const { serial } = belief.token
  if (step.what === 'look') return String((await listIdentities(process)).identities.length)
  if (step.what === 'remove') return String(await removeIdentity(process, serial))
  if (step.what === 'right' || step.what === 'wrong') {
    const shown = await showCode(process, serial, step.what === 'right' ? PINS[0] : wrongPin)
    return shown.ok ? 'code' : shown.error
  }
  return unlockOnce(process, belief, serial, step.what === 'unlock')
}

async function unlockOnce(process: ReturnType<typeof startProcess>, belief: Belief, serial: SerialNumber, right: boolean): Promise<string> {
  const [identity] = (await listIdentities(process)).identities
  if (identity === undefined) return 'no-such-identity'
  const { unlock, next: following } = answerBy(belief.possible, identity.resetCode)
  const pending = await beginUnlock(process, serial, unlock)
  if (!pending.ok) return pending.error
  if (!right) return 'left'
  belief.possible = [...belief.possible, following]
  const finished = await finishUnlock(process, pending, PINS[0])
  return finished.ok ? 'unlocked' : finished.error
}

/** The newest set whose proof holds. */
function answerBy(possible: readonly ServerToken[], resetCode: Parameters<typeof answer>[1]) {
  for (const token of [...possible].reverse()) {
    try {
      return answer(token, resetCode)
    } catch {
      // The proof does not hold under this set.
    }
  }
  throw new Error('no key set fits')
}

async function expectConsistent(process: ReturnType<typeof startProcess>, belief: Belief, step: Step, happened: string): Promise<void> {
  const { identities, unreadable } = await listIdentities(process)
  expect(unreadable).toEqual([])
  const [identity] = identities
  if (identity === undefined) {
    expect(step.what).toBe('remove')
    belief.gone = true
    return
  }
  if (step.what === 'wrong') belief.caughtInARow += happened === 'wrong-pin' || happened === 'locked' ? 1 : 0
  if (happened === 'code' || happened === 'unlocked') belief.caughtInARow = 0
  if (step.what === 'unlock' && happened === 'killed' && identity.triesLeft === PIN_TRIES) belief.caughtInARow = 0
  if (step.what === 'right' && happened === 'killed' && identity.triesLeft === PIN_TRIES) belief.caughtInARow = 0
  expect(identity.triesLeft).toBeLessThanOrEqual(Math.max(0, PIN_TRIES - belief.caughtInARow))
  if (identity.state !== 'locked') return
  expect(await showCode(process, belief.token.serial, PINS[0])).toMatchObject({ error: 'locked' })
  const right = await Promise.all(belief.possible.map((token) => givesRightCode(process, token, PINS[0])))
  expect(right).not.toContain(true)
}
