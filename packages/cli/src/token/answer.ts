import { type ParsedCode, type CodeRefusal as ParseRefusal, parseCode } from '@latchkey/protocol/codes/code'
import { KINDS } from '@latchkey/protocol/codes/kinds'
import type { SerialNumber } from '@latchkey/protocol/codes/serial-number'
import { hasPinForm } from '@latchkey/soft-token/pins/pin-refusal'
import type { Person } from '../terminal/person.ts'
import { type CodeField, type Refusal, sayRefusal } from './refusals.ts'

/** What a command ends with: the object for `--json` and the lines for a person, or a refusal. */
export type Answer = { ok: true; json: unknown; lines: readonly string[] } | RefusedAnswer
/** `beside`: what could be done all the same. */
export type RefusedAnswer = { ok: false; refusal: Refusal; beside?: { json: object; lines: readonly string[] } }

export function refuse(refusal: Refusal): RefusedAnswer {
  return { ok: false, refusal }
}

/** A parsing refusal, with the name of the field that it is about. */
export function codeRefusal(field: CodeField, refusal: ParseRefusal): Refusal {
  if (refusal.error === 'profile') return { error: 'profile' }
  const { ok: _, ...rest } = refusal
  return { ...rest, field }
}

const FIELD_OF = { activation: 'activation code', unlock: 'unlock code' } as const
type Typed = keyof typeof FIELD_OF

/** Asks for a code and reads it; at a screen, until it fits. */
export async function askCode<K extends Typed>(person: Person, kind: K, serial: SerialNumber, message: string): Promise<ParsedCode<K>> {
  const check = (typed: string): string | undefined => {
    const read = parseCode(kind, serial, typed)
    return read.ok ? undefined : sayRefusal(codeRefusal(FIELD_OF[kind], read))
  }
  const typed = await person.askCode({ message, length: KINDS[kind].length, check })
  return parseCode(kind, serial, typed)
}

/** Asks for the PIN of an identity. Its form alone is looked at here. */
export function askPin(person: Person, minimum: 6 | 8): Promise<string> {
  return person.askSecret('PIN', (typed) =>
    hasPinForm(typed, minimum) ? undefined : sayRefusal({ error: 'length', field: 'PIN', minimum }),
  )
}
