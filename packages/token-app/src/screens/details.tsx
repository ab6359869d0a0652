import { printSerialNumber } from '@latchkey/protocol/codes/serial-number'
import type { IdentitySummary } from '@latchkey/soft-token/identity/list-identities'
import { useEffect, useState } from 'preact/hooks'
import { clockAhead } from '../browser/site.ts'
import { Way, Ways } from '../parts/button.tsx'
import { Sheet } from '../parts/sheet.tsx'
import { LANGUAGE, say, t } from '../texts/texts.ts'
import type { Desk } from './desk.ts'
import { placeOf } from './place.ts'
import { sayClock } from './say-clock.ts'

export function Details({ desk, identity }: { desk: Desk; identity: IdentitySummary }) {
  const clock = useAsked(t('clock.checking'), async () => say(sayClock(await clockAhead())))
  const kept = useAsked('', async () => t((await navigator.storage.persisted()) ? 'details.kept-for-good' : 'details.kept-maybe'))
  const { serial, state, profile, triesLeft, createdAt, clockSetBackAt } = identity
  const rows: [string, string][] = [
    [t('details.state'), t(`list.state.${state}`)],
    [t('details.added'), sayMoment(createdAt)],
    [t('details.digits'), t('details.digits-of', { n: profile.digits })],
    [t('details.pin'), t('details.pin-of', { n: profile.pinMinimum })],
    [t('details.tries'), String(triesLeft)],
    [t('details.clock'), clock],
    ...(clockSetBackAt === undefined ? [] : [[t('details.clock-set-back'), sayMoment(clockSetBackAt)] as [string, string]]),
    [t('details.kept'), kept],
  ]
  return (
    <Sheet title={t('details.title')} kicker={identity.label}>
      <dl class="summary">
        <div class="summary-row">
          <dt>{t('details.serial')}</dt>
          <dd class="mono">{printSerialNumber(serial)}</dd>
        </div>
        {rows.map(([name, value]) => (
          <div class="summary-row" key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Ways>
        <Way onPress={() => desk.go(placeOf(desk.listing, serial))}>{t('button.back')}</Way>
      </Ways>
    </Sheet>
  )
}

function sayMoment(ms: number): string {
  return new Intl.DateTimeFormat(LANGUAGE === 'en' ? 'en-GB' : LANGUAGE, { dateStyle: 'medium', timeStyle: 'short' }).format(ms)
}

function useAsked(meanwhile: string, ask: () => Promise<string>): string {
  const [answer, setAnswer] = useState(meanwhile)
  useEffect(() => void ask().then(setAnswer), [])
  return answer
}
