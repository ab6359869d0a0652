import { useEffect, useLayoutEffect } from 'preact/hooks'
import type { Moves } from './desk.ts'

const DEEPER = 'deeper'

/** The browser's or the phone's own `Back` leads from any screen to the first one, instead of out of the app. */
export function useBack({ settle }: Moves, isFirst: boolean): void {
  // With the screen, not after it: whoever goes back at once is in the app as well.
  useLayoutEffect(() => {
    if (!isFirst && history.state !== DEEPER) history.pushState(DEEPER, '', location.pathname)
  }, [isFirst])
  useEffect(() => {
    const back = (): void => {
      if (history.state === DEEPER || location.hash !== '') return
      void settle()
    }
    addEventListener('popstate', back)
    return () => removeEventListener('popstate', back)
  }, [settle])
}
