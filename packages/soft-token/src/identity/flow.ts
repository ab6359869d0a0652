/**
 * The life of an identity as a pure machine; `flow.md` beside this file draws it. States are what the stored record says, so a kill
 * between two events finds one of them. Counting comes before judging: `last-try` is five counted and the fifth not judged yet.
 */
export type State =
  | { name: 'absent' }
  | { name: 'registering' | 'active'; failedPins: number }
  | { name: 'last-try'; was: 'registering' | 'active' }
  | { name: 'locked' }

/** `start` is every opening of the record; the others are what a person or the verb on their behalf does next. */
export type Event = 'add' | 'start' | 'confirm-registration' | 'claim-pin' | 'pin-passed' | 'pin-caught' | 'unlock' | 'remove'
/** Why an event does not apply; nothing changes. */
export type FlowRefusal = { refused: 'absent' | 'exists' | 'locked' | 'not-claimed' }

/** This many caught PINs lock (STP-1, 4). */
export const PIN_TRIES = 5

/** What an event makes of a state. */
export function next(state: State, event: Event): State | FlowRefusal {
  if (state.name === 'absent') return event === 'add' ? { name: 'registering', failedPins: 0 } : { refused: 'absent' }
  if (event === 'add') return { refused: 'exists' }
  if (event === 'remove') return { name: 'absent' }
  if (event === 'unlock') return { name: 'active', failedPins: 0 }
  if (state.name === 'locked') return event === 'start' || event === 'confirm-registration' ? state : { refused: 'locked' }
  return state.name === 'last-try' ? afterLastTry(state, event) : whileOpen(state, event)
}

type LastTry = Extract<State, { name: 'last-try' }>
type Open = Extract<State, { failedPins: number }>
type DayEvent = Exclude<Event, 'add' | 'remove' | 'unlock'>

/** Only the entry that made the fifth claim may still be judged; any other start or entry finishes the lock and judges nothing (STP-1, 4). */
function afterLastTry(state: LastTry, event: DayEvent): State {
  return event === 'pin-passed' ? { name: state.was, failedPins: 0 } : { name: 'locked' }
}

function whileOpen(state: Open, event: DayEvent): State | FlowRefusal {
  switch (event) {
    case 'start':
      return state
    case 'confirm-registration':
      return { name: 'active', failedPins: state.failedPins }
    case 'claim-pin':
      return state.failedPins + 1 < PIN_TRIES
        ? { name: state.name, failedPins: state.failedPins + 1 }
        : { name: 'last-try', was: state.name }
    case 'pin-passed':
      return state.failedPins === 0 ? { refused: 'not-claimed' } : { name: state.name, failedPins: 0 }
    case 'pin-caught':
      return state.failedPins === 0 ? { refused: 'not-claimed' } : state
  }
}
