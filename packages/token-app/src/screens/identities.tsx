import type { SerialNumber } from '@latchkey/protocol/codes/serial-number'
import { isInstalled, isIos } from '../offline/install.ts'
import { Button } from '../parts/button.tsx'
import { Icon } from '../parts/drawn.tsx'
import { type Message, Sheet } from '../parts/sheet.tsx'
import { type TextId, t } from '../texts/texts.ts'
import type { Desk } from './desk.ts'
import { placeOf } from './place.ts'

type Row = { serial: SerialNumber; name: string; state: TextId; tone: 'good' | 'bad' | 'live' }

function rowsOf({ identities, unreadable, lost }: Desk['listing']): Row[] {
  const tones = { registering: 'live', active: 'good', locked: 'bad' } as const
  return [
    ...identities.map(({ serial, label, state }) => ({ serial, name: label, state: `list.state.${state}` as const, tone: tones[state] })),
    ...unreadable.map(({ serial, label }) => ({
      serial,
      name: label ?? serial,
      state: 'list.state.unreadable' as const,
      tone: 'bad' as const,
    })),
    ...lost.map(({ serial, label }) => ({ serial, name: label, state: 'list.state.lost' as const, tone: 'bad' as const })),
  ]
}

/** The list of identities, each a button by its name; or what to do where there is none. */
export function Identities({ desk, message, install }: { desk: Desk; message: Message | undefined; install: (() => void) | undefined }) {
  const rows = rowsOf(desk.listing)
  return rows.length === 0 ? (
    <Empty desk={desk} message={message} install={install} />
  ) : (
    <Sheet title={t('list.title')} message={message}>
      <ul class="actions">
        {rows.map(({ serial, name, state, tone }) => (
          <li key={serial}>
            <button
              class="action identity"
              type="button"
              aria-describedby={`state-${serial}`}
              onClick={() => desk.go(placeOf(desk.listing, serial))}
            >
              <Icon name="keyRound" />
              <span>{name}</span>
              <Icon name="chevronRight" />
            </button>
            <span class={`badge badge-${tone}`} id={`state-${serial}`}>
              {t(state)}
            </span>
          </li>
        ))}
      </ul>
      <AddButtons desk={desk} />
      <Install install={install} />
    </Sheet>
  )
}

function Empty({ desk, message, install }: { desk: Desk; message: Message | undefined; install: (() => void) | undefined }) {
  return (
    <Sheet title={t('empty.title')} lead={t('empty.lead')} message={message}>
      <p>{t('empty.how')}</p>
      <AddButtons desk={desk} primary />
      <Install install={install} />
      <p class="hint">{t('empty.before', { recreate: t('site.recreate') })}</p>
    </Sheet>
  )
}

function AddButtons({ desk, primary = false }: { desk: Desk; primary?: boolean }) {
  return (
    <div class="buttons">
      <Button kind={primary ? 'primary' : 'plain'} onPress={() => desk.go({ at: 'add', prefilled: undefined, nameTaken: false })}>
        {t('button.add')}
      </Button>
      <Button onPress={() => desk.go({ at: 'scan' })}>{t('button.scan')}</Button>
    </div>
  )
}

function Install({ install }: { install: (() => void) | undefined }) {
  if (isInstalled()) return null
  if (isIos()) return <p class="note">{t('empty.install-ios')}</p>
  return install === undefined ? null : (
    <div class="buttons">
      <Button onPress={install}>{t('empty.install')}</Button>
    </div>
  )
}
