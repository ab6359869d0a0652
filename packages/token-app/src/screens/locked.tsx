import { printCode } from '@latchkey/protocol/codes/code'
import type { IdentitySummary } from '@latchkey/soft-token/identity/list-identities'
import { useState } from 'preact/hooks'
import { Button, Way, Ways } from '../parts/button.tsx'
import { CodeGroup } from '../parts/code-group.tsx'
import { CodeField } from '../parts/fields.tsx'
import { Form } from '../parts/form.tsx'
import { type Message, Sheet } from '../parts/sheet.tsx'
import { useMessage } from '../parts/use-message.ts'
import { sayDuration } from '../texts/say-duration.ts'
import { t } from '../texts/texts.ts'
import { checkCode, hintOf } from './check-typed.ts'
import type { Desk } from './desk.ts'
import { placeOf } from './place.ts'
import { tellRefusal } from './tell-refusal.ts'
import { useWork } from './use-work.ts'

type Props = { desk: Desk; identity: IdentitySummary; asked: boolean; message: Message | undefined }

/** Five wrong PINs lead here, and so does whoever wants a new PIN: to change a PIN is to unlock (STP-1, 4). */
export function Locked({ desk, identity, asked, message }: Props) {
  const telling = useMessage()
  const { busy, run } = useWork(telling)
  const [typed, setTyped] = useState('')
  const { serial, label, resetCode } = identity
  const unlock = async (): Promise<void> => {
    const code = checkCode('unlock', serial, typed)
    if (!code.ok) return telling.refuse(code.hint.said)
    const begun = await desk.vault.beginUnlock(serial, code.value)
    if (begun.ok && !desk.isHere()) return desk.vault.discardUnlock()
    if (begun.ok) return desk.go({ at: 'new-pin', serial, pinMinimum: begun.profile.pinMinimum })
    if (begun.error === 'wrong-unlock-code') {
      telling.refuse('unlock.wrong')
      // It may have been used up in another window: then there is another PIN reset code by now.
      return desk.reread({ text: 'unlock.changed' })
    }
    if (begun.error === 'wait') return telling.refuse({ text: 'unlock.wait', values: { time: sayDuration(begun.seconds * 1000) } })
    return tellRefusal(desk, telling, begun)
  }
  return (
    <Sheet
      title={t('locked.title')}
      kicker={label}
      lead={t(asked ? 'locked.lead-asked' : 'locked.lead')}
      message={telling.message ?? message}
    >
      <CodeGroup id="reset-code" label={t('locked.reset-code')} code={printCode(resetCode)} copy />
      <p class="note">{t('locked.how', { misplaced: t('site.misplaced'), locked: t('site.locked') })}</p>
      <Form onSubmit={() => run(unlock)}>
        <CodeField
          label={t('locked.unlock-code')}
          value={typed}
          onInput={setTyped}
          invalid={telling.message?.kind === 'refusal'}
          groups={[4, 4, 4]}
          plain={t('locked.unlock-hint')}
          hint={typed === '' ? undefined : hintOf(checkCode('unlock', serial, typed))}
        />
        <Button kind="primary" busy={busy}>
          {t('locked.unlock')}
        </Button>
      </Form>
      <Ways>
        {asked ? <Way onPress={() => desk.go(placeOf(desk.listing, serial))}>{t('button.back')}</Way> : null}
        <Way onPress={() => desk.go({ at: 'identities' })}>{t('button.all')}</Way>
        <Way onPress={() => desk.go({ at: 'add', prefilled: undefined, nameTaken: false })}>{t('button.add')}</Way>
      </Ways>
    </Sheet>
  )
}
