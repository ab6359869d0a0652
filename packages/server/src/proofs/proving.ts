import type { Proof } from '../config.ts'
import type { Context } from '../context.ts'
import type { Request } from '../http/request.ts'
import type { SessionId, UserId } from '../ids.ts'

/** Somebody who has to show, beside what they showed already, that they are who they say. */
export type Proving = {
  user: UserId
  /** What a mailed code is bound to; undefined where none may be asked for. */
  session: SessionId | undefined
  /** Path of the page `Confirm it's you`; its other pages lie below. */
  prefix: string
  /** What may be used, in the order in which it is offered. */
  proofs: readonly Proof[]
}

/** The place where a proof is asked for: who is there, and what happens after a right one. */
export type ProvingPlace = {
  readonly ctx: Context
  /** Route of the page, for instance `/self-administration/confirm`. */
  readonly route: string
  /** Who asks; or where to send whoever may not be here. */
  readonly enter: (request: Request) => Promise<Proving | Response>
  readonly proved: (request: Request, proving: Proving, proof: Proof) => Promise<Response>
}
