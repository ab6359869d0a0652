import type { IdentitySummary } from '@latchkey/soft-token/identity/list-identities'
import type { ShownCode } from '@latchkey/soft-token/identity/show-code'
import { useEffect, useState } from 'preact/hooks'
import { Button } from '../parts/button.tsx'
import { Grouped } from '../parts/code-group.tsx'
import { PinPicture } from '../parts/drawn.tsx'
import { Sheet } from '../parts/sheet.tsx'
import { useHiddenForAMinute } from '../parts/use-hidden.ts'
import { useNow } from '../parts/use-now.ts'
import { sayDuration } from '../texts/say-duration.ts'
import { t } from '../texts/texts.ts'
import type { Desk } from './desk.ts'
import { placeOf } from './place.ts'

const RADIUS = 46
const ROUND = 2 * Math.PI * RADIUS

type Props = { desk: Desk; identity: IdentitySummary; shown: ShownCode }

/** The picture, and the code with the time that it is still good for. Out of sight for a minute, it is forgotten. */
export function CodeScreen({ desk, identity, shown }: Props) {
  const { serial, label } = identity
  const { vault, settle } = desk
  const now = useNow()
  const waiting = now < shown.shownFrom
  const over = now >= shown.shownUntil
  const [waited] = useState(waiting)
  // A code that the person did not wait for is given back (STP-1, 3: one step, one code).
  useEffect(
    () => () => {
      if (Date.now() < shown.shownFrom) void vault.giveStepBack(serial, shown)
    },
    [vault, serial, shown],
  )
  useHiddenForAMinute(() => void settle((listing) => placeOf(listing, serial), { kind: 'note', said: { text: 'code.gone' } }))
  useEffect(() => {
    if (over) void settle((listing) => placeOf(listing, serial), { kind: 'note', said: { text: 'code.over' } })
  }, [over, settle, serial])
  return (
    <Sheet title={label} message={shown.clockSetBack ? { kind: 'note', said: { text: 'code.clock-back' }, nth: 0 } : undefined}>
      <PinPicture picture={shown.picture} />
      {waiting ? <Waiting ms={shown.shownFrom - now} /> : <Shown code={shown.code} msLeft={shown.shownUntil - now} />}
      <p class="unseen" role="status">
        {waited && !waiting ? t('code.here') : null}
      </p>
      <div class="buttons code-buttons">
        {waiting ? null : <Copy code={shown.code} />}
        <Button first onPress={() => void settle((listing) => placeOf(listing, serial))}>
          {t('button.done')}
        </Button>
      </div>
      <p class="hint picture-hint">{t('picture.not-yours')}</p>
    </Sheet>
  )
}

function Waiting({ ms }: { ms: number }) {
  return (
    <div class="ring">
      <svg viewBox="0 0 100 100" aria-hidden="true">
        <circle class="ring-track" cx="50" cy="50" r={RADIUS} />
      </svg>
      <div class="ring-inside" role="timer">
        {t('code.waiting', { time: sayDuration(ms) })}
      </div>
    </div>
  )
}

/** The ring empties as the time goes; the seconds are there to be looked at, and are not read out by themselves. */
function Shown({ code, msLeft }: { code: string; msLeft: number }) {
  const [whole] = useState(msLeft)
  const left = Math.max(0, Math.ceil(msLeft / 1000))
  const part = Math.min(1, Math.max(0, msLeft / whole))
  return (
    <div class="ring">
      <svg viewBox="0 0 100 100" aria-hidden="true">
        <circle class="ring-track" cx="50" cy="50" r={RADIUS} />
        <circle class="ring-left" cx="50" cy="50" r={RADIUS} stroke-dasharray={ROUND} stroke-dashoffset={ROUND * (1 - part)} />
      </svg>
      <div class="ring-inside">
        <div class="big-code" data-digits={code.length} role="group" aria-label={t('code.title')}>
          <Grouped code={code.slice(0, code.length / 2).concat(' ', code.slice(code.length / 2))} />
        </div>
        <span class="seconds" role="timer">
          {left === 1 ? t('code.second') : t('code.seconds', { n: left })}
        </span>
      </div>
    </div>
  )
}

function Copy({ code }: { code: string }) {
  const [copied, setCopied] = useState(false)
  if (navigator.clipboard === undefined) return null
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(code)
    setCopied(true)
  }
  return (
    <Button kind="primary" onPress={() => void copy().catch(() => undefined)}>
      <span aria-live="polite">{t(copied ? 'button.copied' : 'button.copy')}</span>
    </Button>
  )
}
