import { type PinRefusal, pinRefusal } from '@latchkey/soft-token/pins/pin-refusal'
import { useState } from 'preact/hooks'
import { Button, Way, Ways } from '../parts/button.tsx'
import { CodeGroup } from '../parts/code-group.tsx'
import { PinField } from '../parts/fields.tsx'
import { Form } from '../parts/form.tsx'
import { Sheet } from '../parts/sheet.tsx'
import { useHiddenForAMinute } from '../parts/use-hidden.ts'
import { useMessage } from '../parts/use-message.ts'
import { type Said, t } from '../texts/texts.ts'
import type { Desk } from './desk.ts'
import { useWork } from './use-work.ts'

type Props = {
  desk: Desk
  pinMinimum: 6 | 8
  /** Stores what the PIN is for; what it gives back is why not. */
  onPin: (pin: string) => Promise<Said | undefined>
  onBack: () => void
}

/** Why a PIN may not be chosen, for a person. */
export function sayWeakPin(reason: PinRefusal, minimum: number): Said {
  return { text: `weak.${reason}`, values: { minimum } }
}

/** `Create a PIN`: for a new identity, and after an unlock. */
export function PinForm({ desk, pinMinimum, onPin, onBack }: Props) {
  const telling = useMessage()
  const { busy, run } = useWork(telling)
  const [pin, setPin] = useState('')
  const [repeated, setRepeated] = useState('')
  const [chosen, setChosen] = useState<string>()
  const clear = (): void => {
    setPin('')
    setRepeated('')
    setChosen(undefined)
  }
  useHiddenForAMinute(() => {
    if (pin === '' && repeated === '') return
    clear()
    telling.note('pin.gone')
  })
  const take = async (): Promise<void> => {
    const said = whyNot(pin, repeated, pinMinimum) ?? (await onPin(pin))
    if (said === undefined) return
    clear()
    telling.refuse(said)
  }
  const choose = async (): Promise<void> => {
    const drawn = await desk.vault.choosePin(pinMinimum)
    setPin(drawn)
    setRepeated(drawn)
    setChosen(drawn)
  }
  const invalid = telling.message?.kind === 'refusal'
  return (
    <Sheet title={t('choose.title')} lead={t('choose.lead', { minimum: pinMinimum })} message={telling.message}>
      <Form onSubmit={() => run(take)}>
        <PinField label={t('pin.field')} value={pin} onInput={setPin} invalid={invalid} first />
        <PinField label={t('pin.repeat')} value={repeated} onInput={setRepeated} invalid={invalid} />
        <div class="chosen-pin">
          {chosen === undefined || chosen !== pin ? (
            <Button onPress={() => run(choose)}>{t('choose.for-me')}</Button>
          ) : (
            <>
              <CodeGroup id="chosen-pin" label={t('choose.chosen')} code={chosen.replace(/(...)(?=.)/g, '$1 ')} />
              <p class="hint">{t('choose.chosen-how')}</p>
            </>
          )}
        </div>
        <Button kind="primary" busy={busy}>
          {t('button.continue')}
        </Button>
      </Form>
      <Ways>
        <Way onPress={onBack}>{t('button.back')}</Way>
      </Ways>
    </Sheet>
  )
}

function whyNot(pin: string, repeated: string, minimum: 6 | 8): Said | undefined {
  const reason = pinRefusal(pin, minimum)
  if (reason !== undefined) return sayWeakPin(reason, minimum)
  return pin === repeated ? undefined : { text: 'choose.differ' }
}
