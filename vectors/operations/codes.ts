import { normalise } from '@latchkey/protocol/codes/alphabet'
import { type Code, type CodeRefusal, makeCode, parseCode } from '@latchkey/protocol/codes/code'
import type { Kind } from '@latchkey/protocol/codes/kinds'
import { profileOf, profileSymbol } from '@latchkey/protocol/codes/profile'
import { isSerialNumber, parseSerialNumber, type SerialNumber, type SerialRefusal } from '@latchkey/protocol/codes/serial-number'
import type { Answer, Given } from './given.ts'

/** STP-1, 1: codes a person types. */
export const codes = {
  normalise: ({ typed }: Given['normalise']): Answer => {
    const read = normalise(typed)
    return read.ok ? { canonical: read.canonical } : refusalOf(read)
  },

  'parse-serial-number': ({ typed }: Given['parse-serial-number']): Answer => {
    const parsed = parseSerialNumber(typed)
    return parsed.ok ? { serial: parsed.serial } : refusalOf(parsed)
  },

  'parse-code': ({ kind, serial, typed }: Given['parse-code']): Answer => {
    const parsed = parseCode(kind, serialNumber(serial), typed)
    if (!parsed.ok) return refusalOf(parsed)
    const { code } = parsed
    return kind === 'activation' ? { code, profile: profileOf(code.charAt(0)) } : { code }
  },

  'make-code': ({ kind, serial, body }: Given['make-code']): Answer => ({ code: makeCode(kind, serialNumber(serial), body) }),

  'read-profile': ({ symbol }: Given['read-profile']): Answer => profileOf(symbol) ?? { error: 'profile' },

  'write-profile': (profile: Given['write-profile']): Answer => ({ symbol: profileSymbol(profile) }),
}

/** The name and what the specification says belongs to it; an implementation may tell its callers more. */
function refusalOf(refusal: CodeRefusal | SerialRefusal): Answer {
  if (refusal.error === 'symbol') return { error: refusal.error, at: refusal.at }
  if (refusal.error === 'typing') return { error: refusal.error, suspect: refusal.suspect }
  return { error: refusal.error }
}

/** A serial number that a vector gives in canonical form. */
export function serialNumber(canonical: string): SerialNumber {
  if (!isSerialNumber(canonical)) throw new TypeError(`not a canonical serial number: ${canonical}`)
  return canonical
}

/** A code that a vector gives in canonical form; it has to be a good one. */
export function goodCode<K extends Kind>(kind: K, serial: SerialNumber, canonical: string): Code<K> {
  const parsed = parseCode(kind, serial, canonical)
  if (!parsed.ok || parsed.code !== canonical) throw new TypeError(`not a canonical ${kind} code: ${canonical}`)
  return parsed.code
}
