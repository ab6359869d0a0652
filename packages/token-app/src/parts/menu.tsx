import { useId, useRef } from 'preact/hooks'
import { Icon } from './drawn.tsx'

export type MenuItem = { text: string; onPress: () => void }

/** Opens and closes as the browser does it; the arrow keys are ours. */
export function Menu({ label, items }: { label: string; items: readonly MenuItem[] }) {
  const id = useId()
  const list = useRef<HTMLDivElement>(null)
  const move = (event: KeyboardEvent): void => {
    const entries: HTMLElement[] = Array.from(list.current?.querySelectorAll('button') ?? [])
    const at = document.activeElement instanceof HTMLElement ? entries.indexOf(document.activeElement) : -1
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key]
    if (next === undefined) return
    event.preventDefault()
    entries.at(next % entries.length)?.focus()
  }
  return (
    <div class="menu">
      <button class="menu-button" type="button" id={id} popovertarget={`${id}-list`} aria-haspopup="menu">
        {label}
        <Icon name="chevronDown" />
      </button>
      <div class="menu-list" popover="auto" role="menu" tabIndex={-1} id={`${id}-list`} aria-labelledby={id} ref={list} onKeyDown={move}>
        {items.map(({ text, onPress }, index) => (
          <button
            class="menu-item"
            type="button"
            role="menuitem"
            key={text}
            autofocus={index === 0}
            onClick={() => {
              list.current?.hidePopover()
              onPress()
            }}
          >
            {text}
          </button>
        ))}
      </div>
    </div>
  )
}
