const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Whoever ends the process, or closes its terminal, asks for it: until `close`, nothing ends by itself. */
export type Ending = { asked: Promise<void>; isAsked: () => boolean; ask: () => void; close: () => void }

export function listenForEnding(): Ending {
  const { promise: asked, resolve } = Promise.withResolvers<void>()
  let isAsked = false
  const ask = (): void => {
    isAsked = true
    resolve()
  }
  for (const signal of SIGNALS) process.on(signal, ask)
  const close = (): void => {
    for (const signal of SIGNALS) process.off(signal, ask)
  }
  return { asked, isAsked: () => isAsked, ask, close }
}
