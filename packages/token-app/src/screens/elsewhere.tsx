import { Button } from '../parts/button.tsx'
import { Sheet } from '../parts/sheet.tsx'
import { t } from '../texts/texts.ts'
import type { Desk } from './desk.ts'

/** A link on an iPhone opened in the browser, whose storage the installed app does not share: the ticket is left as it is. */
export function Elsewhere({ desk, ticket }: { desk: Desk; ticket: string }) {
  return (
    <Sheet title={t('elsewhere.title')} lead={t('elsewhere.lead')}>
      <ol class="steps-to-do">
        <li>{t('elsewhere.step-1')}</li>
        <li>{t('elsewhere.step-2')}</li>
        <li>{t('elsewhere.step-3')}</li>
      </ol>
      <div class="buttons">
        <Button onPress={() => desk.go({ at: 'ticket', ticket })} describedBy="elsewhere-warning">
          {t('elsewhere.here')}
        </Button>
      </div>
      <p class="hint" id="elsewhere-warning">
        {t('elsewhere.warning')}
      </p>
    </Sheet>
  )
}
