import { useEffect } from 'preact/hooks'
import type { Desk } from './desk.ts'

const DEEPER = 'deeper'

/** The browser's or the phone's own `Back` leads from any screen to the first one, instead of out of the app. */
export function useBack({ vault, settle }: Desk, isFirst: boolean): void {
  useEffect(() => {
    if (!isFirst && history.state !== DEEPER) history.pushState(DEEPER, '', location.pathname)
  }, [isFirst])
  useEffect(() => {
    const back = (): void => {
      if (history.state === DEEPER || location.hash !== '') return
      void vault.discardUnlock().then(() => settle())
    }
    addEventListener('popstate', back)
    return () => removeEventListener('popstate', back)
  }, [vault, settle])
}
