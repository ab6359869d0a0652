import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { z } from 'zod'
import type { Context } from '../../context.ts'
import type { Request } from '../../http/request.ts'
import { type TextId, textsFor } from '../../texts/texts.ts'

/** Of this interface. Which version of the server answers is told to nobody. */
const ROOT = { jsonrpc: '2.0', version: 'Latchkey', versionnumber: '1' } as const

const Root = z.strictObject({
  jsonrpc: z.literal('2.0'),
  time: z.number().meta({ description: 'Seconds since 1970.' }),
  version: z.string(),
  versionnumber: z.string(),
  nonce: z.string().optional().meta({ description: 'The one that was sent.' }),
})
const threadid = z.string().meta({ description: 'The id of the request, by which the log tells more.' })
const authentication = z.literal(['ACCEPT', 'REJECT'])
const none = z.array(z.string()).max(0)

export const CheckAnswered = Root.extend({
  id: z.literal(2),
  detail: z.strictObject({
    threadid,
    message: z.string(),
    serial: z.string().optional().meta({ description: 'Where the code was accepted: the serial number of its token.' }),
    type: z.literal('totp').optional(),
    otplen: z.literal([6, 8]).optional(),
  }),
  result: z.strictObject({ status: z.literal(true), value: z.boolean(), authentication }),
}).meta({ description: '`value` is false for whatever reason: wrong, used already, waiting, no token, nobody of that name.' })

export const TriggerAnswered = Root.extend({
  id: z.literal(2),
  detail: z.strictObject({
    threadid,
    message: z.string(),
    messages: none,
    transaction_ids: none,
    multi_challenge: none,
  }),
  result: z.strictObject({ status: z.literal(true), value: z.literal(0), authentication }),
}).meta({ description: 'No challenge was triggered: a soft token shows its codes by itself.' })

export const CheckRefused = Root.extend({
  id: z.literal(1),
  detail: z.strictObject({ threadid }),
  result: z.strictObject({ status: z.literal(false), error: z.strictObject({ code: z.int(), message: z.string() }) }),
}).meta({ description: 'The call did not work.' })

type Said<T extends { detail: { threadid: string }; result: { value: boolean | 0 } }> = {
  detail: Omit<T['detail'], 'threadid'>
  value: T['result']['value']
}
type Outcome = Said<z.infer<typeof CheckAnswered>> | Said<z.infer<typeof TriggerAnswered>>

/** Answers with an outcome; the nonce is the one that was sent. */
export function answer(request: Request, ctx: Context, nonce: string | undefined, { detail, value }: Outcome): Response {
  const result = { status: true, value, authentication: value === true ? 'ACCEPT' : 'REJECT' }
  return request.json({ ...rootOf(ctx, nonce), id: 2, detail: { ...detail, threadid: request.get('facts').id }, result })
}

/** Numbers of the field: 905 a parameter, 4033 no key, 4307 the method, 601 not there; what has none is the negative status. */
const TROUBLES = {
  missing: { status: 400, code: 905, text: 'check.missing' },
  twice: { status: 400, code: 905, text: 'check.twice' },
  'not-text': { status: 400, code: 905, text: 'check.not-text' },
  malformed: { status: 400, code: 905, text: 'check.malformed' },
  query: { status: 400, code: 905, text: 'check.query' },
  unauthorised: { status: 401, code: 4033, text: 'api.unauthorised' },
  'not-offered': { status: 404, code: 601, text: 'check.not-offered' },
  method: { status: 405, code: 4307, text: 'check.method' },
  'too-large': { status: 413, code: -413, text: 'api.too-large' },
  'too-many': { status: 429, code: -429, text: 'check.too-many' },
  failed: { status: 500, code: -500, text: 'api.failed' },
  busy: { status: 503, code: -503, text: 'api.busy' },
} as const satisfies Record<string, { status: ContentfulStatusCode; code: number; text: TextId }>
export type Trouble = keyof typeof TROUBLES

/** Answers that the call did not work. */
export function refuse(
  request: Request,
  ctx: Context,
  trouble: Trouble,
  { name = '', nonce }: { name?: string; nonce?: string | undefined } = {},
): Response {
  const { status, code, text } = TROUBLES[trouble]
  if (trouble === 'busy' || trouble === 'too-many') request.header('retry-after', '1')
  // RFC 6750, 3: what kind of key is wanted, and nothing about the one that was sent.
  if (trouble === 'unauthorised') request.header('www-authenticate', 'Bearer realm="latchkey"')
  const said = textsFor('en')(text, { name })
  const message = code > 0 ? `ERR${code}: ${said}` : said
  const body: z.infer<typeof CheckRefused> = {
    ...rootOf(ctx, nonce),
    id: 1,
    detail: { threadid: request.get('facts').id },
    result: { status: false, error: { code, message } },
  }
  return request.json(body, status)
}

function rootOf(ctx: Context, nonce: string | undefined) {
  return { ...ROOT, time: ctx.now() / 1_000, ...(nonce === undefined ? {} : { nonce }) }
}
