import { Sheet } from '../parts/sheet.tsx'
import { t } from '../texts/texts.ts'

/** Why no soft token can be kept here, and what to do. */
export function Unsupported({ why }: { why: 'insecure' | 'missing' | 'refused' }) {
  return (
    <Sheet title={t('unsupported.title')} lead={t(`unsupported.${why}`)}>
      <p class="hint">{t('unsupported.other')}</p>
    </Sheet>
  )
}
