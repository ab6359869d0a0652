import type { CodeRefusal } from '@latchkey/protocol/codes/code'
import type { Hono, MiddlewareHandler } from 'hono'
import { z } from 'zod'
import type { Context } from '../../context.ts'
import { countSource, type Sources } from '../../http/limit-source.ts'
import { callerOf, type Env, type Request } from '../../http/request.ts'
import { openTicket } from '../../tokens/open-ticket.ts'
import { registerByTicket } from '../../tokens/register-by-ticket.ts'
import { only, openDoor, Refusal, readJson, refuse } from '../validate/answers.ts'

export const OPEN_PATH = '/api/v1/activations/open'
export const REGISTER_PATH = '/api/v1/activations/register'

/** A class that activates behind one address has that many; each try is a record, whoever asks. */
const ASKED = { most: 1_000, withinMs: 600_000 }
const LONGEST_TYPED = 128
const MOST_SYMBOLS = 19
const MOST_DIGITS = 9

/** 128 bits, base64url. Its form says nothing about whether there is such a ticket. */
const Ticket = z
  .string()
  .regex(/^[A-Za-z0-9_-]{22}$/)
  .meta({ description: 'What stands in the fragment of the link or QR code.' })
export const OpenAsked = z.strictObject({ ticket: Ticket })
export const OpenAnswered = z.strictObject({
  serialNumber: z.string().meta({ example: '04829-15736' }),
  activationCode: z.string().meta({ example: '08JS-0VHX-VF3B-D38Y-V65R' }),
  name: z.string().meta({ description: 'A name to propose to the person.' }),
})

export const RegisterAsked = z.strictObject({ ticket: Ticket, registrationCode: z.string().min(1).max(LONGEST_TYPED) })

export const RegisterAnswered = z.strictObject({
  state: z.literal('provisional').meta({ description: 'Its owner is asked on the site now.' }),
})

const Suspect = z.union([
  z.strictObject({ symbol: z.int().min(0).max(MOST_SYMBOLS) }),
  z.strictObject({ serialDigit: z.int().min(0).max(MOST_DIGITS) }),
  z.literal(['kind', 'unknown']),
])
/** Where the typing error may be: a hint to show, never a correction (STP-1, 1). Places count from 0. */
export const TypingRefusal = Refusal.extend({
  error: z.literal(['typing', 'length', 'symbol']),
  suspect: Suspect.optional(),
  at: z.int().min(0).optional(),
}).meta({ description: 'Nothing was counted. `suspect` comes with `typing`, `at` with `symbol`.' })

/** The two calls of a soft token that came by ticket (STP-1, 2), without a session: whoever holds the ticket is the app. */
export function tokenAppDoor(ctx: Context): Hono<Env> {
  const asked: Sources = new Map()
  const door = openDoor(ctx)
  for (const path of [OPEN_PATH, REGISTER_PATH]) door.use(path, fromTokenOrigin(ctx), only('POST'), withinLimit(ctx, asked))
  door.all(OPEN_PATH, (request) => open(request, ctx))
  door.all(REGISTER_PATH, (request) => register(request, ctx))
  return door
}

function withinLimit(ctx: Context, asked: Sources): MiddlewareHandler<Env> {
  return async (request, next) => {
    if (!countSource(asked, request.get('facts').address, ctx.now(), ASKED)) return refuse(request, 'too-many')
    return next()
  }
}

async function open(request: Request, ctx: Context): Promise<Response> {
  const asked = await readJson(request, OpenAsked)
  if (!asked.ok) return refuse(request, asked.refusal)
  const opened = await openTicket(ctx, callerOf(request, 'token-app'), asked.body.ticket)
  if (opened.outcome === 'refused') return refuse(request, 'refused')
  const { serialNumber, activationCode, name } = opened
  return request.json({ serialNumber, activationCode, name } satisfies z.infer<typeof OpenAnswered>)
}

async function register(request: Request, ctx: Context): Promise<Response> {
  const asked = await readJson(request, RegisterAsked)
  if (!asked.ok) return refuse(request, asked.refusal)
  const { ticket, registrationCode } = asked.body
  const registered = await registerByTicket(ctx, callerOf(request, 'token-app'), ticket, registrationCode)
  if (registered.outcome === 'refused') return refuse(request, 'refused')
  if (registered.outcome === 'mistyped') return refuseTyped(request, registered.refusal)
  return request.json({ state: registered.outcome } satisfies z.infer<typeof RegisterAnswered>)
}

function refuseTyped(request: Request, refusal: CodeRefusal): Response {
  if (refusal.error === 'typing') return refuse(request, 'typing', { suspect: refusal.suspect })
  if (refusal.error === 'symbol') return refuse(request, 'symbol', { at: refusal.at })
  return refuse(request, refusal.error === 'length' ? 'length' : 'typing', refusal.error === 'length' ? {} : { suspect: 'unknown' })
}

/**
 * Pages of the token origin may ask, pages of no other; a program that is no page sends no origin.
 * Without credentials: a cookie of the login origin is worth nothing here.
 */
function fromTokenOrigin(ctx: Context): MiddlewareHandler<Env> {
  return async (request, next) => {
    const origin = request.req.header('origin')
    request.header('vary', 'Origin')
    if (origin !== undefined && origin !== ctx.config.token.url) return refuse(request, 'foreign-origin')
    if (origin !== undefined) request.header('access-control-allow-origin', origin)
    if (request.req.method !== 'OPTIONS') return next()
    request.header('access-control-allow-methods', 'POST')
    request.header('access-control-allow-headers', 'content-type')
    request.header('access-control-max-age', '600')
    return request.body(null, 204)
  }
}
