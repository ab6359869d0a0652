import type { IdentitySummary } from '@latchkey/soft-token/identity/list-identities'
import { nameOf } from '@latchkey/soft-token/identity/rules'
import { useState } from 'preact/hooks'
import { Button, Way, Ways } from '../parts/button.tsx'
import { TextField } from '../parts/fields.tsx'
import { Form } from '../parts/form.tsx'
import { Sheet } from '../parts/sheet.tsx'
import { useMessage } from '../parts/use-message.ts'
import { t } from '../texts/texts.ts'
import type { Desk } from './desk.ts'
import { placeOf } from './place.ts'
import { tellRefusal } from './tell-refusal.ts'
import { useWork } from './use-work.ts'

export function Rename({ desk, identity }: { desk: Desk; identity: IdentitySummary }) {
  const telling = useMessage()
  const { busy, run } = useWork(telling)
  const [typed, setTyped] = useState(identity.label)
  const { serial } = identity
  const save = async (): Promise<void> => {
    const label = nameOf(typed)
    if (label === undefined) return telling.refuse('add.name-unusable')
    const renamed = await desk.vault.rename(serial, label)
    if (renamed.ok) return desk.settle((listing) => placeOf(listing, serial))
    return renamed.error === 'name-taken' ? telling.refuse('add.name-taken') : tellRefusal(desk, telling, renamed)
  }
  return (
    <Sheet title={t('rename.title')} kicker={identity.label} message={telling.message}>
      <Form onSubmit={() => run(save)}>
        <TextField label={t('add.name')} value={typed} onInput={setTyped} invalid={telling.message?.kind === 'refusal'} first />
        <Button kind="primary" busy={busy}>
          {t('button.save')}
        </Button>
      </Form>
      <Ways>
        <Way onPress={() => desk.go(placeOf(desk.listing, serial))}>{t('button.back')}</Way>
      </Ways>
    </Sheet>
  )
}
