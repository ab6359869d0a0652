import type { MiddlewareHandler } from 'hono'
import type { From } from '../activation/activating.ts'
import type { Context } from '../context.ts'
import type { Env, Request } from '../http/request.ts'
import type { Session } from '../session.ts'

/** Where the same actions are done: self-administration, or `My account`. Behind `guard`, `request.get('session')` is a session that may do them. */
export type Desk = {
  readonly ctx: Context
  readonly from: Exclude<From, 'enrolment'>
  /** `/account` */
  readonly prefix: string
  /** The page with the list of what can be done. */
  readonly home: string
  readonly guard: MiddlewareHandler<Env>
  /** Re-creating and unlocking may be refused for a while after the same kind of proof has reset the password: until when. */
  readonly tokensWaitUntil: (request: Request, session: Session) => Promise<number | undefined>
}
