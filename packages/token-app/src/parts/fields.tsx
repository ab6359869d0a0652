import type { ComponentChildren } from 'preact'
import { useEffect, useId, useLayoutEffect, useRef } from 'preact/hooks'
import { type Said, say, t } from '../texts/texts.ts'
import { groupSymbols } from './group-symbols.ts'
import { MESSAGE_ID } from './sheet.tsx'

type FieldProps = {
  label: string
  value: string
  onInput: (value: string) => void
  /** The screen's message is about this field. */
  invalid?: boolean | undefined
  /** The focus comes here when the screen opens. */
  first?: boolean | undefined
}

function Row({ id, label, hint, children }: { id: string; label: string; hint?: ComponentChildren; children: ComponentChildren }) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children}
      {hint}
    </div>
  )
}

function describedBy(...ids: (string | false | undefined)[]): string | undefined {
  const present = ids.filter((id) => typeof id === 'string')
  return present.length === 0 ? undefined : present.join(' ')
}

export function TextField({ label, value, onInput, invalid, first, hint }: FieldProps & { hint?: string | undefined }) {
  const id = useId()
  return (
    <Row
      id={id}
      label={label}
      hint={
        hint === undefined ? null : (
          <p class="hint" id={`${id}-hint`}>
            {hint}
          </p>
        )
      }
    >
      <input
        class="input"
        id={id}
        type="text"
        autocomplete="off"
        maxLength={160}
        value={value}
        aria-invalid={invalid || undefined}
        aria-describedby={describedBy(invalid === true && MESSAGE_ID, hint !== undefined && `${id}-hint`)}
        data-first={first || undefined}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </Row>
  )
}

export type CodeHint = { kind: 'bad' | 'good'; said: Said } | undefined
/** `plain` is said while there is nothing to say of what was typed. */
type CodeFieldProps = FieldProps & { groups: readonly number[]; plain: string; digitsOnly?: boolean; hint?: CodeHint }

/** Takes a code in any shape, sets its groups apart while it is typed, and says below at once what is wrong with it. */
export function CodeField({ label, value, onInput, invalid, first, groups, plain, digitsOnly = false, hint }: CodeFieldProps) {
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  const caret = useRef<number>(undefined)
  useLayoutEffect(() => {
    if (caret.current !== undefined) input.current?.setSelectionRange(caret.current, caret.current)
    caret.current = undefined
  })
  const bad = hint?.kind === 'bad'
  return (
    <Row
      id={id}
      label={label}
      hint={
        <p class={`hint hint-${hint?.kind ?? 'none'}`} id={`${id}-hint`} aria-live="polite">
          {hint === undefined ? plain : say(hint.said)}
        </p>
      }
    >
      <input
        class="input code-input"
        id={id}
        ref={input}
        type="text"
        autocomplete="off"
        autocapitalize="characters"
        autocorrect="off"
        spellcheck={false}
        inputMode={digitsOnly ? 'numeric' : 'text'}
        maxLength={200}
        value={value}
        aria-invalid={invalid === true || bad || undefined}
        aria-describedby={describedBy(invalid === true && MESSAGE_ID, `${id}-hint`)}
        data-first={first || undefined}
        onInput={(event) => {
          const { value: typed, selectionStart } = event.currentTarget
          const shown = event.isComposing ? { value: typed, caret: undefined } : groupSymbols(typed, selectionStart ?? typed.length, groups)
          caret.current = shown.caret
          if (shown.value !== typed) event.currentTarget.value = shown.value
          onInput(shown.value)
        }}
      />
    </Row>
  )
}

/** Dots show what was typed; nothing shows how long the PIN is. `pad`: digits to press, where there is a finger instead of a keyboard. */
export function PinField({ label, value, onInput, invalid, first, pad = false }: FieldProps & { pad?: boolean }) {
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  const padded = pad && matchMedia('(pointer: coarse)').matches
  useEffect(() => {
    if (!pad) return undefined
    // After a refusal the message has the focus: whoever types on means the PIN.
    const typeOn = ({ key, target }: KeyboardEvent): void => {
      if (/^\d$/.test(key) && !(target instanceof HTMLInputElement)) input.current?.focus()
    }
    document.addEventListener('keydown', typeOn)
    return () => document.removeEventListener('keydown', typeOn)
  }, [pad])
  return (
    <>
      <Row id={id} label={label}>
        <input
          class="input pin-input"
          id={id}
          ref={input}
          type="password"
          autocomplete="off"
          spellcheck={false}
          inputMode={padded ? 'none' : 'numeric'}
          maxLength={64}
          value={value}
          aria-invalid={invalid || undefined}
          aria-describedby={describedBy(invalid === true && MESSAGE_ID)}
          data-first={first || undefined}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      </Row>
      {padded ? <Pad onDigit={(digit) => onInput(value + digit)} onErase={() => onInput(value.slice(0, -1))} /> : null}
    </>
  )
}

const DIGITS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0']

function Pad({ onDigit, onErase }: { onDigit: (digit: string) => void; onErase: () => void }) {
  return (
    <div class="pad" role="group" aria-label={t('pin.pad')}>
      {DIGITS.map((digit) => (
        <button class="pad-key" type="button" key={digit} onClick={() => onDigit(digit)}>
          {digit}
        </button>
      ))}
      <button class="pad-key pad-erase" type="button" aria-label={t('button.erase')} onClick={onErase}>
        <span aria-hidden="true">⌫</span>
      </button>
    </div>
  )
}
