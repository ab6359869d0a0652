import { useRef, useState } from 'preact/hooks'
import type { Said, TextId } from '../texts/texts.ts'
import type { Message } from './sheet.tsx'

export type Telling = {
  message: Message | undefined
  refuse: (text: TextId | Said) => void
  note: (text: TextId | Said, kind?: 'done' | 'note') => void
  quiet: () => void
}

/** The message of a screen. The same one told twice is told again. */
export function useMessage(first?: Message): Telling {
  const [message, setMessage] = useState<Message | undefined>(first)
  const told = useRef(0)
  const tell = (kind: Message['kind'], text: TextId | Said): void => {
    told.current += 1
    setMessage({ kind, said: typeof text === 'string' ? { text } : text, nth: told.current })
  }
  return {
    message,
    refuse: (text) => {
      tell('refusal', text)
      if (matchMedia('(prefers-reduced-motion: no-preference)').matches) navigator.vibrate?.(60)
    },
    note: (text, kind = 'note') => tell(kind, text),
    quiet: () => setMessage(undefined),
  }
}
