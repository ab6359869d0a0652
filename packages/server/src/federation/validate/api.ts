import type { Hono } from 'hono'
import { z } from 'zod'
import { findApiKey } from '../../api-keys/find-api-key.ts'
import type { Context } from '../../context.ts'
import { callerOf, type Env, type Request } from '../../http/request.ts'
import { validateAtDoor } from '../../tokens/validate-at-door.ts'
import { only, openDoor, type RefusalName, readJson, refuse } from './answers.ts'
import { enter, leave } from './rules.ts'
import { usesOf } from './uses.ts'

export const VALIDATE_PATH = '/api/v1/validate'

const LONGEST_USER = 256
const LONGEST_CODE = 64

export const ValidateAsked = z.strictObject({
  user: z.string().min(1).max(LONGEST_USER).meta({ description: 'The login name, in any spelling that signs in.' }),
  code: z.string().min(1).max(LONGEST_CODE).meta({ description: 'The security code as the person typed it.' }),
})

export const ValidateAnswered = z.strictObject({
  accepted: z.boolean().meta({ description: 'False for whatever reason: wrong, used already, waiting, no token, nobody of that name.' }),
})

/** The validation interface: a program with an API key asks whether a security code is good. Codes without a password before them: a bare door. */
export function validateDoor(ctx: Context): Hono<Env> {
  const uses = usesOf(ctx.db)
  return openDoor(ctx).all(VALIDATE_PATH, only('POST'), async (request) => {
    const key = await keyOf(request, ctx)
    if (!key.ok) return refuseKey(request, key.refusal)
    if (!enter(uses, key.id, ctx.now())) return refuse(request, 'too-many')
    try {
      return await answer(request, ctx, key.id)
    } finally {
      leave(uses, key.id)
    }
  })
}

/** Whatever is wrong with person or code, the answer is one and the same; the audit log tells more. */
async function answer(request: Request, ctx: Context, key: string): Promise<Response> {
  const asked = await readJson(request, ValidateAsked)
  if (!asked.ok) return refuse(request, asked.refusal)
  const { user, code } = asked.body
  const { outcome } = await validateAtDoor(ctx, callerOf(request, 'validate', key), user, code)
  return request.json({ accepted: outcome === 'accepted' } satisfies z.infer<typeof ValidateAnswered>)
}

type FoundKey = { ok: true; id: string } | { ok: false; refusal: RefusalName }
const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i

/** The API key of a request, by one of its two headers. RFC 6750, 2.1. */
async function keyOf(request: Request, ctx: Context): Promise<FoundKey> {
  if (request.req.url.includes('?')) return { ok: false, refusal: 'malformed' }
  const authorization = request.req.header('authorization')
  const bare = request.req.header('x-api-key')
  if (authorization !== undefined && bare !== undefined) return { ok: false, refusal: 'malformed' }
  return findKey(ctx, authorization, bare)
}

/** The API key that is in one of the two headers. */
export async function findKey(ctx: Context, authorization: string | undefined, bare: string | undefined): Promise<FoundKey> {
  const secret = bare ?? BEARER.exec(authorization ?? '')?.[1]
  const found = secret === undefined ? undefined : await findApiKey(ctx, secret, 'validate')
  return found === undefined ? { ok: false, refusal: 'unauthorised' } : { ok: true, id: found.id }
}

/** RFC 6750, 3 */
export const CHALLENGE = 'Bearer realm="latchkey"'

/** RFC 6750, 3: what kind of key is wanted, and nothing about the one that was sent. */
function refuseKey(request: Request, refusal: RefusalName): Response {
  if (refusal === 'unauthorised') request.header('www-authenticate', CHALLENGE)
  return refuse(request, refusal)
}
