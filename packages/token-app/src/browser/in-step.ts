const STEP = 'latchkey-step'
/** A step that has just ended gives its lock back a moment later. Milliseconds. */
const ENDING_MS = 1_000

/** Holds off updates while a step is under way, in this window or another. The function that is given back ends the step. */
export function beginStep(): () => void {
  let end: () => void = () => undefined
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  navigator.locks?.request(STEP, { mode: 'shared' }, () => ended).catch(() => undefined)
  return end
}

/** Runs `work` if no window is in the middle of a step, or of one that ends this moment. @returns whether it ran */
export async function betweenSteps(work: () => Promise<void>): Promise<boolean> {
  const free = new AbortController()
  const waited = setTimeout(() => free.abort(), ENDING_MS)
  let ran = false
  const held = navigator.locks.request(STEP, { signal: free.signal }, () => {
    clearTimeout(waited)
    ran = true
    return work()
  })
  await held.catch((error: unknown) => {
    if (ran || !free.signal.aborted) throw error
  })
  return ran
}
