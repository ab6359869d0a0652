import type { SessionKind } from './db/columns.ts'
import type { SessionId, UserId } from './ids.ts'

/** How a person proved who they are (RFC 8176, and `lost`-proofs of self-administration). */
export type Method = 'pwd' | 'otp' | 'kba' | 'mfa'

/** A browser that is signed in. Times are milliseconds since 1970. */
export type Session = {
  id: SessionId
  user: UserId
  kind: SessionKind
  createdAt: number
  lastSeenAt: number
  expiresAt: number
  passwordAt: number | undefined
  secondFactorAt: number | undefined
  amr: readonly string[]
  device: string | undefined
  proof: string | undefined
  /** Wrong security codes between the sign-in before and this one. */
  wrongCodes: number
}
