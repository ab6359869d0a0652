import type { IdentitySummary } from '@latchkey/soft-token/identity/list-identities'
import { useEffect, useState } from 'preact/hooks'
import { Button, Way, Ways } from '../parts/button.tsx'
import { PinField } from '../parts/fields.tsx'
import { Form } from '../parts/form.tsx'
import { type Message, Sheet } from '../parts/sheet.tsx'
import { useHiddenForAMinute } from '../parts/use-hidden.ts'
import { useMessage } from '../parts/use-message.ts'
import { t } from '../texts/texts.ts'
import type { Desk } from './desk.ts'
import { placeOf } from './place.ts'
import { tellRefusal } from './tell-refusal.ts'
import { useWork } from './use-work.ts'

/** One entry of the PIN, one security code (STP-1, 3). */
export function EnterPin({ desk, identity, message }: { desk: Desk; identity: IdentitySummary; message: Message | undefined }) {
  const telling = useMessage()
  const { busy, run } = useWork(telling)
  const [pin, setPin] = useState('')
  const { serial, label, profile } = identity
  useEffect(() => void desk.vault.warmUp(), [desk.vault])
  useHiddenForAMinute(() => {
    if (pin === '') return
    setPin('')
    telling.note('pin.gone')
  })
  const show = async (): Promise<void> => {
    const shown = await desk.vault.showCode(serial, pin)
    setPin('')
    // A code that nobody sees is given back (STP-1, 3: one step, one code).
    if (shown.ok) return desk.isHere() ? desk.go({ at: 'code', serial, shown }) : desk.vault.giveStepBack(serial, shown)
    switch (shown.error) {
      case 'length':
        return telling.refuse({ text: 'pin.length', values: { minimum: profile.pinMinimum } })
      case 'wrong-pin':
        void desk.vault.warmUp()
        return telling.refuse(shown.triesLeft === 1 ? 'pin.wrong-last' : { text: 'pin.wrong', values: { n: shown.triesLeft } })
      case 'locked':
        return desk.settle((listing) => placeOf(listing, serial))
      default:
        return tellRefusal(desk, telling, shown)
    }
  }
  return (
    <Sheet title={t('pin.title')} kicker={label} message={telling.message ?? message}>
      <Form onSubmit={() => run(show)}>
        <PinField label={t('pin.field')} value={pin} onInput={setPin} invalid={telling.message?.kind === 'refusal'} first pad />
        <Button kind="primary" busy={busy}>
          {t('pin.show-code')}
        </Button>
      </Form>
      <Ways>
        <Way onPress={() => desk.go({ at: 'locked', serial, asked: true })}>{t('pin.forgotten')}</Way>
        <Way onPress={() => desk.go({ at: 'identities' })}>{t('button.all')}</Way>
        <Way onPress={() => desk.go({ at: 'add', prefilled: undefined, nameTaken: false })}>{t('button.add')}</Way>
      </Ways>
    </Sheet>
  )
}
