import type { SerialNumber } from '@latchkey/protocol/codes/serial-number'
import { Button, Way, Ways } from '../parts/button.tsx'
import { Sheet } from '../parts/sheet.tsx'
import { useMessage } from '../parts/use-message.ts'
import { t } from '../texts/texts.ts'
import type { Desk } from './desk.ts'
import { labelOf } from './label-of.ts'
import { sayRefusal } from './say-refusal.ts'
import { useWork } from './use-work.ts'

/** What the browser has taken away is told as what it is, with the way back. */
export function Lost({ desk, serial }: { desk: Desk; serial: SerialNumber }) {
  const telling = useMessage()
  const { busy, run } = useWork(telling)
  const name = labelOf(desk.listing, serial)
  const forget = async (): Promise<void> => {
    const forgotten = await desk.vault.forgetLost(serial)
    if (!forgotten.ok) return telling.refuse(sayRefusal(forgotten))
    await desk.settle()
  }
  return (
    <Sheet title={t('lost.title')} kicker={name} lead={t('lost.lead', { name })} message={telling.message}>
      <p>{t('lost.how', { misplaced: t('site.misplaced'), recreate: t('site.recreate') })}</p>
      {desk.site === undefined || desk.site.helpDesk === '' ? null : <p>{t('lost.help', { helpDesk: desk.site.helpDesk })}</p>}
      <Leaving desk={desk} busy={busy} onRemove={() => run(forget)} />
    </Sheet>
  )
}

/** An identity whose file is there and says nothing: left as it is until the person deletes it. */
export function Unreadable({ desk, serial }: { desk: Desk; serial: SerialNumber }) {
  const telling = useMessage()
  const { busy, run } = useWork(telling)
  const name = labelOf(desk.listing, serial)
  const newer = desk.listing.unreadable.some((one) => one.serial === serial && one.error === 'vault-newer')
  const texts = { name, misplaced: t('site.misplaced'), recreate: t('site.recreate') }
  const remove = async (): Promise<void> => {
    const removed = await desk.vault.remove(serial)
    if (typeof removed !== 'boolean') return telling.refuse(sayRefusal(removed))
    await desk.settle()
  }
  return (
    <Sheet
      title={t('unreadable.title')}
      kicker={name}
      lead={t(newer ? 'unreadable.newer' : 'unreadable.damaged', texts)}
      message={telling.message}
    >
      {newer ? (
        <div class="buttons">
          <Button kind="primary" onPress={() => location.reload()}>
            {t('app.reload')}
          </Button>
        </div>
      ) : null}
      <Leaving desk={desk} busy={busy} onRemove={newer ? undefined : () => run(remove)} />
    </Sheet>
  )
}

function Leaving({ desk, busy, onRemove }: { desk: Desk; busy: boolean; onRemove: (() => void) | undefined }) {
  return (
    <>
      <div class="buttons">
        {desk.site === undefined ? null : (
          <a class="button button-primary" href={desk.site.loginUrl}>
            {t('lost.site')}
          </a>
        )}
        {onRemove === undefined ? null : (
          <Button busy={busy} onPress={onRemove}>
            {t('lost.remove')}
          </Button>
        )}
      </div>
      <Ways>
        <Way onPress={() => desk.go({ at: 'identities' })}>{t('button.all')}</Way>
      </Ways>
    </>
  )
}
