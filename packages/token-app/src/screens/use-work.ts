import { useEffect, useRef, useState } from 'preact/hooks'
import type { Telling } from '../parts/use-message.ts'

export type Work = { busy: boolean; run: (work: () => Promise<void>) => void }

/** One thing at a time; what throws is told, and the screen goes on. */
export function useWork(telling: Telling): Work {
  const [busy, setBusy] = useState(false)
  const working = useRef(false)
  const here = useRef(true)
  useEffect(() => {
    here.current = true
    return () => {
      here.current = false
    }
  }, [])
  const run = (work: () => Promise<void>): void => {
    if (working.current) return
    working.current = true
    setBusy(true)
    telling.quiet()
    work()
      .catch((error: unknown) => {
        console.error(error instanceof Error ? error.name : 'failed')
        if (here.current) telling.refuse('app.broken')
      })
      .finally(() => {
        working.current = false
        if (here.current) setBusy(false)
      })
  }
  return { busy, run }
}
