import { printCode } from '@latchkey/protocol/codes/code'
import type { IdentitySummary } from '@latchkey/soft-token/identity/list-identities'
import type { Picture } from '@latchkey/soft-token/vault/pin-box'
import { useEffect, useRef, useState } from 'preact/hooks'
import { askSite } from '../browser/site.ts'
import { Button, Way, Ways } from '../parts/button.tsx'
import { CodeGroup } from '../parts/code-group.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { PictureOfNewPin } from '../parts/drawn.tsx'
import { Sheet } from '../parts/sheet.tsx'
import { useHiddenForAMinute } from '../parts/use-hidden.ts'
import { useMessage } from '../parts/use-message.ts'
import { t } from '../texts/texts.ts'
import { handIn } from '../tickets/ask-site.ts'
import type { Desk } from './desk.ts'
import { tellRefusal } from './tell-refusal.ts'
import { useWork } from './use-work.ts'

type Props = { desk: Desk; identity: IdentitySummary; picture: Picture | undefined; ticket: string | undefined }
type Handing = 'typed' | 'under-way' | 'done' | 'unreachable' | 'refused'

const LEADS = {
  typed: 'registration.lead',
  'under-way': 'registration.handing-in',
  done: 'registration.handed-in',
  unreachable: 'registration.not-handed-in',
  refused: 'registration.refused',
} as const
const LAST = 4

/** The registration code, until the person says that it is registered. It is in the vault: leaving loses nothing. */
export function Registration({ desk, identity, picture, ticket }: Props) {
  const telling = useMessage()
  const { busy, run } = useWork(telling)
  const [asking, setAsking] = useState(false)
  const { serial, label, registrationCode } = identity
  const handing = useHandIn(desk, ticket, registrationCode)
  useHiddenForAMinute(() => {
    if (picture !== undefined) desk.go({ at: 'registration', serial, picture: undefined, ticket })
  })
  if (registrationCode === undefined) return null
  const confirm = async (): Promise<void> => {
    setAsking(false)
    const confirmed = await desk.vault.confirmRegistration(serial, registrationCode)
    if (!confirmed.ok) return tellRefusal(desk, telling, confirmed)
    await desk.settle(undefined, { kind: 'done', said: { text: 'registration.registered', values: { name: label } } })
  }
  return (
    <Sheet
      title={t('registration.title')}
      kicker={label}
      lead={<span aria-live="polite">{t(LEADS[handing], { end: registrationCode.slice(-LAST) })}</span>}
      message={telling.message}
    >
      <CodeGroup id="registration-code" label={t('registration.title')} code={printCode(registrationCode)} copy />
      <PictureOfNewPin picture={picture} />
      {handing === 'refused' ? null : <p class="note">{t('registration.stay')}</p>}
      <div class="buttons">
        <Button kind="primary" busy={busy} onPress={() => setAsking(true)}>
          {t('button.done')}
        </Button>
      </div>
      <Ways>
        <Way onPress={() => desk.go({ at: 'identities' })}>{t('button.all')}</Way>
        <Way onPress={() => desk.go({ at: 'add', prefilled: undefined, nameTaken: false })}>{t('button.add')}</Way>
      </Ways>
      {asking ? <Asking onYes={() => run(confirm)} onNo={() => setAsking(false)} /> : null}
    </Sheet>
  )
}

function Asking({ onYes, onNo }: { onYes: () => void; onNo: () => void }) {
  return (
    <Dialog title={t('registration.ask')} onClose={onNo}>
      <p>{t('registration.ask-lead')}</p>
      <div class="buttons">
        <Button kind="primary" onPress={onYes}>
          {t('button.yes')}
        </Button>
        <Button onPress={onNo}>{t('button.no')}</Button>
      </div>
    </Dialog>
  )
}

/** Where the app came by ticket, it hands the code in itself (STP-1, 2); where the site cannot be reached, the person types it. */
function useHandIn({ site }: Desk, ticket: string | undefined, code: string | undefined): Handing {
  const [handing, setHanding] = useState<Handing>(ticket === undefined ? 'typed' : 'under-way')
  const begun = useRef(false)
  useEffect(() => {
    if (ticket === undefined || code === undefined || begun.current) return
    // Once: the site's address may come to be known while it is under way.
    begun.current = true
    void (async () => {
      const known = site ?? (await askSite())
      const handed = known === undefined ? undefined : await handIn(known.loginUrl, ticket, printCode(code))
      setHanding(handed === undefined ? 'unreachable' : handed.ok ? 'done' : handed.error)
    })()
  }, [ticket, code, site])
  return handing
}
