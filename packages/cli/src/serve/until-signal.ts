/** A terminal gives Ctrl-C to every process of a group, which may pass it on: what comes at once is one signal. */
const SAME_MS = 500

/** Resolves at the first SIGTERM or SIGINT. A second one ends the process at once. */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let first: number | undefined
    const heard = (signal: NodeJS.Signals): void => {
      if (first === undefined) {
        first = performance.now()
        resolve(signal)
      } else if (performance.now() - first > SAME_MS) process.exit(1)
    }
    process.on('SIGTERM', heard)
    process.on('SIGINT', heard)
  })
}
