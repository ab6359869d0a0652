import { Busy, hasRoom } from '../hashing/in-lane.ts'

/** Passwords that are let in within so many milliseconds: many times what can be hashed, and a small part of what the event loop does. */
export const LET_IN = 4
const WITHIN_MS = 5
/** As many wait to be let in, of those who may have a lane of their own and of everybody else: the last of them for little more than a second. */
const LONGEST = 1_024

type Line = (() => void)[]
const mayBeKnown: Line = []
const strangers: Line = []
let letIn = 0

/**
 * Comes before anything that is done for a password: the form is not read and the database not asked for one that no lane has room for. Few are let in
 * at a time, so that those before them are in their lanes by then, and so that a thousand at once hold up nothing else.
 * The room is not kept for whoever sees it: a form that comes slowly holds up nobody.
 * @param device what a browser sends that may have a lane of its own; whether it has is looked up later
 * @throws Busy if there is no room: nothing was counted
 */
export async function admitPassword(address: string, device: string | undefined): Promise<void> {
  await turnToComeIn(device === undefined ? strangers : mayBeKnown)
  if (hasRoom('source', address)) return
  if (device === undefined || !hasRoom('known-browser', address)) throw new Busy('the lanes for passwords are full')
}

/** First come, first served. */
function turnToComeIn(line: Line): Promise<void> {
  if (letIn === 0) setTimeout(letNextIn, WITHIN_MS)
  if (letIn === LET_IN) {
    if (line.length === LONGEST) return Promise.reject(new Busy('too many passwords wait to be let in'))
    return new Promise((resolve) => line.push(resolve))
  }
  letIn += 1
  return Promise.resolve()
}

/** Whoever came while nobody could be let in; a stranger's crowd does not wait before a browser that is known. */
function letNextIn(): void {
  const known = mayBeKnown.splice(0, LET_IN)
  const next = [...known, ...strangers.splice(0, LET_IN - known.length)]
  letIn = next.length
  if (letIn > 0) setTimeout(letNextIn, WITHIN_MS)
  for (const comeIn of next) comeIn()
}
