import type { ComponentChildren } from 'preact'
import { t } from '../texts/texts.ts'

export type ButtonProps = {
  kind?: 'primary' | 'plain' | 'danger'
  /** Submits its form unless it has something else to do. */
  onPress?: (() => void) | undefined
  busy?: boolean | undefined
  first?: boolean | undefined
  describedBy?: string | undefined
  children: ComponentChildren
}

/** While it is busy it says so, and is not pressed a second time. */
export function Button({ kind = 'plain', onPress, busy = false, first = false, describedBy, children }: ButtonProps) {
  return (
    <button
      class={`button button-${kind}`}
      type={onPress === undefined ? 'submit' : 'button'}
      aria-disabled={busy || undefined}
      aria-describedby={describedBy}
      data-first={first || undefined}
      onClick={(event) => {
        if (busy) event.preventDefault()
        else onPress?.()
      }}
    >
      {busy ? t('app.working') : children}
    </button>
  )
}

/** Other ways to go, below what is to be done. */
export function Ways({ children }: { children: ComponentChildren }) {
  return <div class="ways-row">{children}</div>
}

/** A button that looks like a link. */
export function Way({ onPress, children }: { onPress: () => void; children: ComponentChildren }) {
  return (
    <button class="way" type="button" onClick={onPress}>
      {children}
    </button>
  )
}
