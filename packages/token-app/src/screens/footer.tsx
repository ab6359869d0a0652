import { useEffect, useState } from 'preact/hooks'
import type { Update } from '../offline/follow-updates.ts'
import { Way } from '../parts/button.tsx'
import { type TextId, t } from '../texts/texts.ts'

/** What is so of the app as a whole: no network, a newer version. */
export function Footer({ update, inStep }: { update: Update | undefined; inStep: boolean }) {
  const [waits, setWaits] = useState<TextId>()
  const online = useOnline()
  const take = async (): Promise<void> => {
    const taken = await update?.()
    if (taken === false) setWaits(inStep ? 'app.update-waits-here' : 'app.update-waits')
  }
  useEffect(() => setWaits(undefined), [inStep])
  return (
    <footer class="foot" aria-live="polite">
      {online ? null : <p>{t('app.offline')}</p>}
      {update === undefined ? null : (
        <p>
          {t('app.outdated')} <Way onPress={() => void take()}>{t('app.update')}</Way>
        </p>
      )}
      {waits === undefined ? null : <p>{t(waits)}</p>}
    </footer>
  )
}

function useOnline(): boolean {
  const [online, setOnline] = useState(navigator.onLine)
  useEffect(() => {
    const look = (): void => setOnline(navigator.onLine)
    addEventListener('online', look)
    addEventListener('offline', look)
    return () => {
      removeEventListener('online', look)
      removeEventListener('offline', look)
    }
  }, [])
  return online
}
