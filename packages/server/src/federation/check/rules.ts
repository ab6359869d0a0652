import { z } from 'zod'

/** How values of a form are read once more after the form was: what the field's server does to all but three programs, and its plugins reckon with. */
type Decoding = 'none' | 'percent' | 'form'

/** These encode once, and say so by their name. */
const ONCE: ReadonlySet<string> = new Set(['privacyidea-cp', 'privacyidea-ldap-proxy', 'simplesamlphp'])
/** These encode twice as a form does it: a space is `+` and a plus is `%2B`, where all others write `%20` and `+`. */
const TWICE_AS_FORM = /^(?:privacyidea-keycloak|entraid-via-keycloak|privacyidea-shibboleth)/

/** By the first product of the User-Agent, in any case; whoever has none is read twice. */
export function decodingFor(userAgent: string | undefined): Decoding {
  const product = (userAgent ?? '').trim().split(/[/ ]/, 1)[0]?.toLowerCase() ?? ''
  if (ONCE.has(product)) return 'none'
  return TWICE_AS_FORM.test(product) ? 'form' : 'percent'
}

/** Reads a value once more. What is not percent-encoded UTF-8 stays as it is; no name and no code has a percent sign. */
export function decodeAgain(value: string, decoding: Decoding): string {
  if (decoding === 'none') return value
  try {
    return decodeURIComponent(decoding === 'form' ? value.replaceAll('+', ' ') : value)
  } catch {
    return value
  }
}

/** What stands in a form, in a query or in a JSON object, one value a name. */
export type Parameters = ReadonlyMap<string, unknown>

const text = (description: string) => z.string().optional().meta({ description })

const ONE_OF = { oneOf: [{ required: ['user'] }, { required: ['serial'] }] }

/** What is read of it. Plugins send more (`client`, `resConf`, `otponly`, `exception` …), which changes nothing here. */
const Read = z.object({
  user: text('The login name, in any spelling that signs in. This or `serial`.'),
  serial: text('The serial number of a token, which has to be the only active one of its owner. This or `user`.'),
  pass: text('The security code, without a PIN. Empty asks for a challenge: there is none.'),
  realm: text('Empty or `default`. In any other there is nobody.'),
  type: text('Empty or `totp`. There are no tokens of another type.'),
  transaction_id: text('Of a challenge: there are none, so whatever answers one is refused.'),
  state: text('The same by its RADIUS name.'),
  nonce: text('Comes back in the answer.'),
})
export const CheckAsked = Read.meta({ required: ['pass'], ...ONE_OF })
export const TriggerAsked = Read.meta(ONE_OF)
export const PollAsked = z.object({
  transaction_id: z.string().min(1).meta({ description: 'Of a challenge: none is known.' }),
  nonce: text('Comes back in the answer.'),
})

export type Asked = {
  who: { user: string } | { serial: string }
  /** Undefined where it is missing, which is something else than empty. */
  pass: string | undefined
  /** Whether it may be anybody: false for another realm, and for a type of token that nobody has. */
  known: boolean
  /** Whether it answers a challenge. */
  challenge: boolean
}
export type WrongParameter = { trouble: 'missing' | 'twice' | 'not-text'; name: string }

/** Reads what is asked. A refusal names the parameter, never its value. */
export function readAsked(parameters: Parameters): { ok: true; asked: Asked } | { ok: false; wrong: WrongParameter } {
  const parsed = Read.safeParse(Object.fromEntries(parameters))
  if (!parsed.success) return { ok: false, wrong: { trouble: 'not-text', name: String(parsed.error.issues[0]?.path[0] ?? '') } }
  const { user = '', serial = '', pass, realm = '', type = '', transaction_id = '', state = '' } = parsed.data
  if (user !== '' && serial !== '') return { ok: false, wrong: { trouble: 'twice', name: 'user, serial' } }
  if (user === '' && serial === '') return { ok: false, wrong: { trouble: 'missing', name: 'user' } }
  const known = isOneOf(['', 'default'], realm) && isOneOf(['', 'totp'], type)
  return { ok: true, asked: { who: user === '' ? { serial } : { user }, pass, known, challenge: transaction_id !== '' || state !== '' } }
}

function isOneOf(words: readonly string[], typed: string): boolean {
  return words.includes(typed.trim().toLowerCase())
}

/** The nonce that goes back, if there is one. */
export function nonceOf(parameters: Parameters): string | undefined {
  const nonce = parameters.get('nonce')
  return typeof nonce === 'string' && nonce !== '' ? nonce : undefined
}
