const STEP = 'latchkey-step'

/** Holds off updates while a step is under way, in this window or another. The function that is given back ends the step. */
export function beginStep(): () => void {
  let end: () => void = () => undefined
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  navigator.locks?.request(STEP, { mode: 'shared' }, () => ended).catch(() => undefined)
  return end
}

/** Runs `work` if no window is in the middle of a step. @returns whether it ran */
export function betweenSteps(work: () => Promise<void>): Promise<boolean> {
  return navigator.locks.request(STEP, { ifAvailable: true }, async (lock) => {
    if (lock === null) return false
    await work()
    return true
  })
}
