import { useEffect, useState } from 'preact/hooks'
import type { Update } from '../offline/follow-updates.ts'
import { Way } from '../parts/button.tsx'
import { t } from '../texts/texts.ts'

/** What is so of the app as a whole: no network, a newer version. */
export function Footer({ update }: { update: Update | undefined }) {
  const [waits, setWaits] = useState(false)
  const online = useOnline()
  const take = async (): Promise<void> => setWaits(!(await update?.()))
  return (
    <footer class="foot" aria-live="polite">
      {online ? null : <p>{t('app.offline')}</p>}
      {update === undefined ? null : (
        <p>
          {t('app.outdated')} <Way onPress={() => void take()}>{t('app.update')}</Way>
        </p>
      )}
      {waits ? <p>{t('app.update-waits')}</p> : null}
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
