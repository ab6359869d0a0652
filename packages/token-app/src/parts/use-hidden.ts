import { useEffect, useRef } from 'preact/hooks'

const FORGET_AFTER_MS = 60_000

/**
 * Calls once the app was out of sight for a minute: what it shows, or was typed, is to be forgotten. Timers of hidden pages sleep, so it looks on
 * return as well; a screen may open out of sight, so it looks at once.
 */
export function useHiddenForAMinute(forget: () => void): void {
  const latest = useRef(forget)
  latest.current = forget
  useEffect(() => {
    let hiddenAt: number | undefined
    let timer: ReturnType<typeof setTimeout> | undefined
    const look = (): void => {
      clearTimeout(timer)
      if (document.visibilityState === 'hidden') {
        hiddenAt ??= Date.now()
        timer = setTimeout(() => latest.current(), FORGET_AFTER_MS)
        return
      }
      if (hiddenAt !== undefined && Date.now() - hiddenAt >= FORGET_AFTER_MS) latest.current()
      hiddenAt = undefined
    }
    look()
    document.addEventListener('visibilitychange', look)
    return () => {
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', look)
    }
  }, [])
}
