import type { Context } from '../context.ts'
import { dropCookie, readCookie, writeCookie } from '../http/cookies.ts'
import type { Request } from '../http/request.ts'
import type { ActivationId, SessionId, UserId } from '../ids.ts'
import { latestActivation } from '../tokens/find-activation.ts'

/** Where the person came from, and goes back to. */
export type From = 'enrolment' | 'self-administration' | 'account'
/** Somebody whose browser may see the pages of an activation, for as long as that lasts: longer than the session in which it was asked for. */
export type Activating = { user: UserId; session: SessionId; activation: ActivationId; from: From }

/** Where each goes when it is over, or left for later. */
export const HOMES = { enrolment: '/enrolment', 'self-administration': '/self-administration/actions', account: '/account' } as const

type Held = Activating & { until: number }

const NAME = 'activation'
const PLACE = { table: 'cookies', column: NAME, id: '' }
const MINUTE_MS = 60_000
/** For asking for new codes once the first have run out. */
const MORE_MS = 60 * MINUTE_MS

/** Lets this browser see the activation's pages: a sealed cookie says so, which is good while the session was not ended by hand, an hour longer than the first codes. */
export function letActivate(request: Request, ctx: Context, activating: Activating): void {
  keep(request, ctx, { ...activating, until: ctx.now() + ctx.config.activation.minutes * MINUTE_MS + MORE_MS })
}

/** New codes were asked for in this browser: it goes on with those, for no longer than it could before. */
export function goOnWith(request: Request, ctx: Context, held: Held, activation: ActivationId): void {
  keep(request, ctx, { ...held, activation })
}

function keep(request: Request, ctx: Context, held: Held): void {
  const plain = JSON.stringify(held)
  writeCookie(request, ctx.config, NAME, Buffer.from(ctx.keys.sealUnkept(PLACE, Buffer.from(plain))).toString('base64url'))
}

/** Who may see the activation's pages in this browser; undefined for nobody, and once there is a later activation, which somebody asked for elsewhere. */
export async function activatingOf(request: Request, ctx: Context): Promise<Held | undefined> {
  const cookie = readCookie(request, ctx.config, NAME)
  const held = cookie === undefined ? undefined : open(ctx, cookie)
  if (held === undefined || held.until <= ctx.now()) return undefined
  const alive = await ctx.db.read
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .select('sessions.id')
    .where('sessions.id', '=', held.session)
    .where('sessions.user_id', '=', held.user)
    .where('sessions.ended_at', 'is', null)
    .where('users.state', '=', 'active')
    .executeTakeFirst()
  return alive !== undefined && (await latestActivation(ctx, held.user)) === held.activation ? held : undefined
}

/** The activation's pages are over for this browser. */
export function stopActivating(request: Request, ctx: Context): void {
  dropCookie(request, ctx.config, NAME)
}

function open(ctx: Context, cookie: string): Held | undefined {
  try {
    return JSON.parse(Buffer.from(ctx.keys.open(PLACE, Buffer.from(cookie, 'base64url'))).toString('utf8'))
  } catch {
    return undefined
  }
}
