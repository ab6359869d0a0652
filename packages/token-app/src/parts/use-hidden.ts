import { useEffect } from 'preact/hooks'

const FORGET_AFTER_MS = 60_000

/** Calls once the app was out of sight for a minute: what it shows is to be forgotten. Timers of hidden pages sleep, so it looks on return as well. */
export function useHiddenForAMinute(forget: () => void): void {
  useEffect(() => {
    let hiddenAt: number | undefined
    let timer: ReturnType<typeof setTimeout> | undefined
    const look = (): void => {
      if (document.visibilityState === 'hidden') {
        hiddenAt = Date.now()
        timer = setTimeout(forget, FORGET_AFTER_MS)
        return
      }
      clearTimeout(timer)
      if (hiddenAt !== undefined && Date.now() - hiddenAt >= FORGET_AFTER_MS) forget()
      hiddenAt = undefined
    }
    document.addEventListener('visibilitychange', look)
    return () => {
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', look)
    }
  }, [forget])
}
