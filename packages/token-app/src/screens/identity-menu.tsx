import type { SerialNumber } from '@latchkey/protocol/codes/serial-number'
import { useState } from 'preact/hooks'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Menu } from '../parts/menu.tsx'
import { MessageBox } from '../parts/sheet.tsx'
import { useMessage } from '../parts/use-message.ts'
import { t } from '../texts/texts.ts'
import type { Desk } from './desk.ts'
import { labelOf } from './label-of.ts'
import { homeOf, type Place } from './place.ts'
import { sayRefusal } from './say-refusal.ts'
import { useWork } from './use-work.ts'

/** What can be done with the identity that is on the screen, beside the one thing that the screen is for. */
export function IdentityMenu({ place, desk }: { place: Place; desk: Desk }) {
  // The place at which it was asked: whoever leaves it is asked no more.
  const [deletingAt, setDeletingAt] = useState<Place>()
  if (place.at !== 'pin' && place.at !== 'registration' && place.at !== 'locked') return null
  const { serial } = place
  const items = [
    { text: t('menu.rename'), onPress: () => desk.go({ at: 'rename', serial }) },
    ...(place.at === 'pin' ? [{ text: t('menu.change-pin'), onPress: () => desk.go({ at: 'locked', serial, asked: true }) }] : []),
    { text: t('menu.details'), onPress: () => desk.go({ at: 'details', serial }) },
    { text: t('menu.delete'), onPress: () => setDeletingAt(place) },
  ]
  return (
    <>
      <Menu label={t('menu.button')} items={items} />
      {deletingAt === place ? <Deleting desk={desk} serial={serial} onEnd={() => setDeletingAt(undefined)} /> : null}
    </>
  )
}

function Deleting({ desk, serial, onEnd }: { desk: Desk; serial: SerialNumber; onEnd: () => void }) {
  const telling = useMessage()
  const { busy, run } = useWork(telling)
  const name = labelOf(desk.listing, serial)
  const remove = async (): Promise<void> => {
    const removed = await desk.vault.remove(serial)
    if (typeof removed !== 'boolean') return telling.refuse(sayRefusal(removed))
    onEnd()
    await desk.settle(homeOf, { kind: 'done', said: { text: 'delete.done', values: { name } } })
  }
  return (
    <Dialog title={t('delete.title', { name })} onClose={onEnd}>
      {telling.message === undefined ? null : <MessageBox key={telling.message.nth} message={telling.message} />}
      <p>{t('delete.lead')}</p>
      <div class="buttons">
        <Button kind="danger" busy={busy} onPress={() => run(remove)}>
          {t('delete.do')}
        </Button>
        <Button onPress={onEnd}>{t('button.cancel')}</Button>
      </div>
    </Dialog>
  )
}
