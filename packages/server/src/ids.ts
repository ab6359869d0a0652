import type { DrawBytes } from '@latchkey/protocol/codes/randomness'

export type UserId = `usr_${string}`
export type AddressId = `adr_${string}`
export type TokenId = `tkn_${string}`
export type KeySetId = `kst_${string}`
export type ActivationId = `act_${string}`
export type SessionId = `ses_${string}`
export type FlowId = `flw_${string}`
export type LinkId = `lnk_${string}`
export type NoticeId = `ntc_${string}`
export type MailId = `out_${string}`
type Prefix =
  | 'usr'
  | 'adr'
  | 'tkn'
  | 'kst'
  | 'act'
  | 'ses'
  | 'flw'
  | 'lnk'
  | 'ntc'
  | 'out'
  | 'rcs'
  | 'qst'
  | 'key'
  | 'rpy'
  | 'mcd'
  | 'dev'
  | 'evt'
  | 'req'

const RANDOM_BYTES = 16

/** An identifier that is never used again: its kind, and 128 random bits. Identifiers are no secrets. */
export function drawId<P extends Prefix>(prefix: P, draw: DrawBytes): `${P}_${string}` {
  return `${prefix}_${Buffer.from(draw(RANDOM_BYTES)).toString('base64url')}`
}

const FORM = /^[a-z]{3}_[A-Za-z0-9_-]{22}$/

/** Whether a text has the form of an identifier of this kind. */
export function isId<P extends Prefix>(prefix: P, text: string): text is `${P}_${string}` {
  return FORM.test(text) && text.startsWith(`${prefix}_`)
}
