import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { type Said, say, t } from '../texts/texts.ts'
import { Icon } from './drawn.tsx'

/** `refusal` interrupts and gets the focus; `done` and `note` are read when the reader pauses. `nth` tells two equal ones apart. */
export type Message = { kind: 'refusal' | 'done' | 'note'; said: Said; nth: number }

const ICONS = { refusal: 'circleAlert', done: 'circleCheck', note: 'info' } as const
export const MESSAGE_ID = 'message'

export type SheetProps = {
  title: string
  kicker?: string | undefined
  lead?: ComponentChildren
  message?: Message | undefined
  children: ComponentChildren
}

/** One screen: the place for its message, always there, so that nothing moves; then the card with the heading. */
export function Sheet({ title, kicker, lead, message, children }: SheetProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  const refused = message?.kind === 'refusal'
  useLayoutEffect(() => {
    document.title = `${title} · ${t('app.name')}`
    scrollTo(0, 0)
    // A refusal takes the focus itself.
    if (refused) return
    const first = heading.current?.closest('main')?.querySelector<HTMLElement>('[data-first]')
    ;(first ?? heading.current)?.focus()
  }, [title])
  return (
    <>
      <div class="room">{message === undefined ? null : <MessageBox key={message.nth} message={message} id={MESSAGE_ID} />}</div>
      <div class="sheet">
        {kicker === undefined ? null : <p class="kicker">{kicker}</p>}
        <h1 tabIndex={-1} ref={heading}>
          {title}
        </h1>
        {lead === undefined ? null : <p class="lead">{lead}</p>}
        {children}
      </div>
    </>
  )
}

export function MessageBox({ message: { kind, said }, id }: { message: Message; id?: string }) {
  const box = useRef<HTMLDivElement>(null)
  const refused = kind === 'refusal'
  useLayoutEffect(() => {
    if (refused) box.current?.focus()
  }, [refused])
  return (
    <div class={`message message-${kind}`} id={id} role={refused ? 'alert' : 'status'} tabIndex={refused ? -1 : undefined} ref={box}>
      <Icon name={ICONS[kind]} />
      <div>{say(said)}</div>
    </div>
  )
}
