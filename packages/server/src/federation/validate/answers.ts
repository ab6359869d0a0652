import { Hono, type MiddlewareHandler } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { z } from 'zod'
import type { Context } from '../../context.ts'
import { Busy } from '../../hashing/in-lane.ts'
import { limitBody } from '../../http/limit-body.ts'
import type { Env, Request } from '../../http/request.ts'
import { type TextId, textsFor } from '../../texts/texts.ts'

/** What a program reads where something is wrong: the name is stable, the message is for the person who writes the program. */
export const Refusal = z.strictObject({ error: z.string(), message: z.string() }).meta({ description: 'What is wrong, by name.' })

/** Nothing that is asked for here comes near it. Bytes. */
export const LARGEST_BODY = 4_096

type Said = { status: ContentfulStatusCode; text: TextId }

/** Every refusal of a door for programs as such. */
const REFUSALS = {
  malformed: { status: 400, text: 'api.malformed' },
  unauthorised: { status: 401, text: 'api.unauthorised' },
  'foreign-origin': { status: 403, text: 'api.foreign-origin' },
  refused: { status: 403, text: 'api.refused' },
  method: { status: 405, text: 'api.method' },
  'too-large': { status: 413, text: 'api.too-large' },
  'media-type': { status: 415, text: 'api.media-type' },
  typing: { status: 422, text: 'api.typing' },
  length: { status: 422, text: 'api.length' },
  symbol: { status: 422, text: 'api.symbol' },
  'too-many': { status: 429, text: 'api.too-many' },
  failed: { status: 500, text: 'api.failed' },
  busy: { status: 503, text: 'api.busy' },
} as const satisfies Record<string, Said>
export type RefusalName = keyof typeof REFUSALS

/** Answers a program with a refusal, the same for all that have this name; `more` is what the refusal of a typed code adds. */
export function refuse(request: Request, name: RefusalName, more: Readonly<Record<string, unknown>> = {}): Response {
  const { status, headers, body } = refusalOf(name)
  for (const [header, value] of Object.entries(headers)) request.header(header, value)
  return request.json({ ...body, ...more }, status)
}

type Refused = { status: ContentfulStatusCode; headers: Readonly<Record<string, string>>; body: z.infer<typeof Refusal> }

/** What a refusal says, and what stands in its head. */
export function refusalOf(name: RefusalName): Refused {
  const { status, text } = REFUSALS[name]
  return { status, headers: HEADERS[name] ?? {}, body: { error: name, message: textsFor('en')(text) } }
}

const SOON = { 'retry-after': '1' }
const HEADERS: { readonly [Name in RefusalName]?: Readonly<Record<string, string>> } = { busy: SOON, 'too-many': SOON }

/** What stands in the head of every answer of a door for programs. */
export const ALWAYS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' } as const

/** A door for programs: what every answer carries, refusals included. It is mounted before the pages, behind nothing but `withFacts`. */
export function openDoor(ctx: Context): Hono<Env> {
  const door = new Hono<Env>()
  door.onError((error, request) => {
    if (error instanceof Busy) return refuse(request, 'busy')
    ctx.log.error({ err: error, request: request.get('facts')?.id }, 'a request of a program failed')
    return refuse(request, 'failed')
  })
  return door
}

/** Headers of every answer to a program; a method other than this is refused, as is a body that is too large. */
export function only(method: 'GET' | 'POST'): MiddlewareHandler<Env> {
  const limit = limitBody(LARGEST_BODY, (request) => refuse(request, 'too-large'))
  return async (request, next) => {
    for (const [header, value] of Object.entries(ALWAYS)) request.header(header, value)
    const asked = request.req.method === 'HEAD' ? 'GET' : request.req.method
    if (asked === method) return method === 'POST' ? limit(request, next) : next()
    request.header('allow', method)
    return refuse(request, 'method')
  }
}

/** Reads a JSON body by its schema. What the schema does not name is refused, as is a query: whatever stands in an address stands in logs. */
export async function readJson<T extends z.ZodType>(
  request: Request,
  schema: T,
): Promise<{ ok: true; body: z.infer<T> } | { ok: false; refusal: RefusalName }> {
  const type = request.req.header('content-type')?.split(';', 1)[0]?.trim().toLowerCase()
  if (type !== 'application/json') return { ok: false, refusal: 'media-type' }
  if (request.req.url.includes('?')) return { ok: false, refusal: 'malformed' }
  const parsed = schema.safeParse(await request.req.json().catch(() => undefined))
  return parsed.success ? { ok: true, body: parsed.data } : { ok: false, refusal: 'malformed' }
}
