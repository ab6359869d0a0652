import type { Generated } from 'kysely'

/** Milliseconds since 1970, UTC. */
export type Time = number
/** 0 or 1: both engines count. */
export type Flag = 0 | 1
/** Sealed under a key-encryption key (`keys/key-ring.ts`). */
export type Sealed = Uint8Array
export type InRealm = { realm_id: Generated<string> }

export type Role = 'user' | 'helpdesk' | 'admin'
export type UserState = 'active' | 'suspended' | 'removed'
export type TokenState = 'pending' | 'active' | 'disabled' | 'suspended' | 'ended'
export type KeySetState = 'current' | 'next' | 'retired'
export type ActivationState = 'open' | 'provisional' | 'done' | 'void'
export type LinkPurpose = 'first-admin' | 'enrolment' | 'password-reset' | 'notice' | 'address'
export type SessionKind = 'sign-in' | 'enrolment' | 'self-administration' | 'password-reset'
export type SignInState = 'password' | 'second-factor' | 'enrolment' | 'done'
