import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'

/** Work that is done again and again while the server runs. What it throws is logged, and it is tried again at its next turn. */
export type Work = { name: string; everyMs: number; work: (signal: AbortSignal) => Promise<unknown> }
/** `stop` resolves when the turn under way has ended; it hears of it by its signal. */
export type Repeated = { readonly stop: () => Promise<void> }

/** One turn after the other, never two at once; the first at once. */
export function repeat(log: Logger, { name, everyMs, work }: Work): Repeated {
  const stopping = new AbortController()
  const running = run()
  return {
    stop: async () => {
      stopping.abort()
      await running
    },
  }

  async function run(): Promise<void> {
    let failures = 0
    while (!stopping.signal.aborted) {
      try {
        await work(stopping.signal)
        if (failures > 0) log.info({ work: name, failures }, 'work that failed goes on')
        failures = 0
      } catch (error) {
        failures += 1
        // The same failure each second would fill a disk: the first of a row, then with each doubling.
        if (Number.isInteger(Math.log2(failures))) log.error({ err: error, work: name, failures }, 'work failed and is tried again')
      }
      await pause(everyMs, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined)
    }
  }
}
