import { expect, test } from 'vitest'
import { type Event, type FlowRefusal, next, type State } from './flow.ts'

const registering = (failedPins: number): State => ({ name: 'registering', failedPins })
const active = (failedPins: number): State => ({ name: 'active', failedPins })
const absent: State = { name: 'absent' }
const lastTry = (was: 'registering' | 'active'): State => ({ name: 'last-try', was })
const locked: State = { name: 'locked' }
const refused = (why: FlowRefusal['refused']): FlowRefusal => ({ refused: why })

const EVENTS: readonly Event[] = ['add', 'start', 'confirm-registration', 'claim-pin', 'pin-passed', 'pin-caught', 'unlock', 'remove']

/** The whole machine: each state's answer to each event, in the order of `EVENTS`. The same table stands in `flow.md`. */
const TABLE: readonly (readonly [State, readonly (State | FlowRefusal)[]])[] = [
  [absent, [registering(0), ...Array.from({ length: 7 }, () => refused('absent'))]],
  [
    registering(0),
    [refused('exists'), registering(0), active(0), registering(1), refused('not-claimed'), refused('not-claimed'), active(0), absent],
  ],
  [registering(1), [refused('exists'), registering(1), active(1), registering(2), registering(0), registering(1), active(0), absent]],
  [
    registering(4),
    [refused('exists'), registering(4), active(4), lastTry('registering'), registering(0), registering(4), active(0), absent],
  ],
  [active(0), [refused('exists'), active(0), active(0), active(1), refused('not-claimed'), refused('not-claimed'), active(0), absent]],
  [active(3), [refused('exists'), active(3), active(3), active(4), active(0), active(3), active(0), absent]],
  [active(4), [refused('exists'), active(4), active(4), lastTry('active'), active(0), active(4), active(0), absent]],
  [lastTry('active'), [refused('exists'), locked, locked, locked, active(0), locked, active(0), absent]],
  [lastTry('registering'), [refused('exists'), locked, locked, locked, registering(0), locked, active(0), absent]],
  [locked, [refused('exists'), locked, locked, refused('locked'), refused('locked'), refused('locked'), active(0), absent]],
]

for (const [state, answers] of TABLE) {
  test.each(EVENTS.map((event, index) => [event, answers[index]] as const))(`${JSON.stringify(state)} at %s`, (event, answer) => {
    expect(next(state, event)).toEqual(answer)
  })
}
