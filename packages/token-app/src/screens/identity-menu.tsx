import type { SerialNumber } from '@latchkey/protocol/codes/serial-number'
import { useState } from 'preact/hooks'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Menu } from '../parts/menu.tsx'
import { t } from '../texts/texts.ts'
import type { Desk } from './desk.ts'
import { labelOf } from './label-of.ts'
import { homeOf, type Place } from './place.ts'

/** What can be done with the identity that is on the screen, beside the one thing that the screen is for. */
export function IdentityMenu({ place, desk }: { place: Place; desk: Desk }) {
  const [deleting, setDeleting] = useState<SerialNumber>()
  if (deleting !== undefined) return <Deleting desk={desk} serial={deleting} onEnd={() => setDeleting(undefined)} />
  if (place.at !== 'pin' && place.at !== 'registration' && place.at !== 'locked') return null
  const { serial } = place
  const items = [
    { text: t('menu.rename'), onPress: () => desk.go({ at: 'rename', serial }) },
    ...(place.at === 'pin' ? [{ text: t('menu.change-pin'), onPress: () => desk.go({ at: 'locked', serial, asked: true }) }] : []),
    { text: t('menu.details'), onPress: () => desk.go({ at: 'details', serial }) },
    { text: t('menu.delete'), onPress: () => setDeleting(serial) },
  ]
  return <Menu label={t('menu.button')} items={items} />
}

function Deleting({ desk, serial, onEnd }: { desk: Desk; serial: SerialNumber; onEnd: () => void }) {
  const [failed, setFailed] = useState(false)
  const name = labelOf(desk.listing, serial)
  const remove = async (): Promise<void> => {
    const removed = await desk.vault.remove(serial)
    if (typeof removed !== 'boolean') return setFailed(true)
    onEnd()
    await desk.settle(homeOf, { kind: 'done', said: { text: 'delete.done', values: { name } } })
  }
  return (
    <Dialog title={t('delete.title', { name })} onClose={onEnd}>
      <p>{t(failed ? 'storage.failed' : 'delete.lead')}</p>
      <div class="buttons">
        <Button kind="danger" onPress={() => void remove().catch(() => setFailed(true))}>
          {t('delete.do')}
        </Button>
        <Button onPress={onEnd}>{t('button.cancel')}</Button>
      </div>
    </Dialog>
  )
}
