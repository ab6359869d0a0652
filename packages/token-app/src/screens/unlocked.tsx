import type { SerialNumber } from '@latchkey/protocol/codes/serial-number'
import type { Picture } from '@latchkey/soft-token/vault/pin-box'
import { Button } from '../parts/button.tsx'
import { PictureOfNewPin } from '../parts/drawn.tsx'
import { Sheet } from '../parts/sheet.tsx'
import { useHiddenForAMinute } from '../parts/use-hidden.ts'
import { t } from '../texts/texts.ts'
import type { Desk } from './desk.ts'
import { labelOf } from './label-of.ts'
import { placeOf } from './place.ts'

export function Unlocked({ desk, serial, picture }: { desk: Desk; serial: SerialNumber; picture: Picture | undefined }) {
  useHiddenForAMinute(() => desk.go({ at: 'unlocked', serial, picture: undefined }))
  return (
    <Sheet title={t('unlocked.title')} lead={t('unlocked.lead', { name: labelOf(desk.listing, serial) })}>
      <PictureOfNewPin picture={picture} />
      <div class="buttons">
        <Button kind="primary" first onPress={() => desk.go(placeOf(desk.listing, serial))}>
          {t('button.done')}
        </Button>
      </div>
    </Sheet>
  )
}
