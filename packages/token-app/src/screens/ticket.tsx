import { useEffect, useState } from 'preact/hooks'
import { askSite } from '../browser/site.ts'
import { Button, Way, Ways } from '../parts/button.tsx'
import { Sheet } from '../parts/sheet.tsx'
import { useMessage } from '../parts/use-message.ts'
import { t } from '../texts/texts.ts'
import { openTicket } from '../tickets/ask-site.ts'
import type { Desk } from './desk.ts'

/** Exchanges a ticket for its codes, once (STP-1, 2). */
export function Ticket({ desk, ticket }: { desk: Desk; ticket: string }) {
  const telling = useMessage()
  const [round, setRound] = useState(0)
  const [ended, setEnded] = useState<'refused' | 'unreachable'>()
  useEffect(() => {
    void exchange(desk, ticket).then((refused) => {
      if (refused === undefined) return
      setEnded(refused)
      telling.refuse(refused === 'refused' ? 'ticket.refused' : 'ticket.unreachable')
    })
  }, [round])
  const again = (): void => {
    setEnded(undefined)
    telling.quiet()
    setRound(round + 1)
  }
  return (
    <Sheet title={t('add.title')} lead={ended === undefined ? t('ticket.opening') : undefined} message={telling.message}>
      {ended === 'unreachable' ? (
        <div class="buttons">
          <Button kind="primary" onPress={again}>
            {t('ticket.again')}
          </Button>
        </div>
      ) : null}
      <Ways>
        <Way onPress={() => desk.go({ at: 'add', prefilled: undefined, nameTaken: false })}>{t('ticket.type')}</Way>
        <Way onPress={() => void desk.settle()}>{t('button.back')}</Way>
      </Ways>
    </Sheet>
  )
}

async function exchange(desk: Desk, ticket: string): Promise<'refused' | 'unreachable' | undefined> {
  const site = desk.site ?? (await askSite())
  if (site === undefined) return 'unreachable'
  const opened = await openTicket(site.loginUrl, ticket)
  if (!opened.ok) return opened.error
  const { name, serialNumber, activationCode } = opened
  desk.go({ at: 'add', prefilled: { name, serial: serialNumber, code: activationCode, ticket }, nameTaken: false })
  return undefined
}
