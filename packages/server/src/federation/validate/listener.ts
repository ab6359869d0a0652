import { randomFillSync } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Caller, Context } from '../../context.ts'
import { Busy } from '../../hashing/in-lane.ts'
import { clientAddress } from '../../http/address.ts'
import { drawId } from '../../ids.ts'
import { metricsOf } from '../../observe/metrics.ts'
import { validateAtDoor } from '../../tokens/validate-at-door.ts'
import { ALWAYS, LARGEST_BODY, type RefusalName, refusalOf } from './answers.ts'
import { CHALLENGE, findKey, VALIDATE_PATH, ValidateAsked } from './api.ts'
import { enter, leave } from './rules.ts'
import { usesOf } from './uses.ts'

type Answer = { status: number; headers: Readonly<Record<string, string>>; body: string }

/**
 * The validation interface for requests of the ordinary form, straight from the socket: routing one costs as much as validating its code.
 * It gives the answers of `validateDoor`, which takes every other form. @returns false for what is not of the ordinary form, untouched
 */
export function validateListener(ctx: Context): (request: IncomingMessage, response: ServerResponse) => boolean {
  const metrics = metricsOf(ctx)
  return (request, response) => {
    if (!isOrdinary(request)) return false
    const begun = performance.now()
    const id = drawId('req', drawPooled)
    answer(ctx, id, request)
      .catch((error: unknown): Answer => {
        if (error instanceof Busy) return refuse('busy')
        ctx.log.error({ err: error, request: id }, 'a request of a program failed')
        return refuse('failed')
      })
      .then((said) => {
        if (said === undefined || response.destroyed) return
        const { status, headers, body } = said
        // Its length stated, an answer is sent in one piece.
        const form = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
        response.writeHead(status, { ...ALWAYS, ...headers, 'x-request-id': id, ...form }).end(body)
        metrics.countRequest('login', 'POST', VALIDATE_PATH, status, (performance.now() - begun) / 1_000)
      })
      .catch((error: unknown) => ctx.log.error({ err: error, request: id }, 'an answer to a program failed'))
    return true
  }
}

/** A body of a stated and small length, one API key, and nothing that needs a closer look. */
function isOrdinary({ method, url, headers }: IncomingMessage): boolean {
  const length = Number(headers['content-length'])
  return (
    method === 'POST' &&
    url === VALIDATE_PATH &&
    headers['content-type'] === 'application/json' &&
    headers['transfer-encoding'] === undefined &&
    length >= 0 &&
    length <= LARGEST_BODY &&
    (headers.authorization === undefined) !== (headers['x-api-key'] === undefined)
  )
}

/** Undefined where the request broke off: nobody is there to be answered, and nothing was judged. */
async function answer(ctx: Context, id: string, request: IncomingMessage): Promise<Answer | undefined> {
  const reading = read(request)
  const bare = request.headers['x-api-key']
  const key = await findKey(ctx, request.headers.authorization, typeof bare === 'string' ? bare : undefined)
  const body = await reading
  if (body === undefined) return undefined
  if (!key.ok) return refuse(key.refusal)
  const uses = usesOf(ctx.db)
  if (!enter(uses, key.id, ctx.now())) return refuse('too-many')
  try {
    const asked = ValidateAsked.safeParse(parse(body))
    if (!asked.success) return refuse('malformed')
    const { user, code } = asked.data
    const { outcome } = await validateAtDoor(ctx, callerOf(ctx, id, request, key.id), user, code)
    return { status: 200, headers: {}, body: outcome === 'accepted' ? ACCEPTED : REFUSED }
  } finally {
    leave(uses, key.id)
  }
}

const ACCEPTED = JSON.stringify({ accepted: true })
const REFUSED = JSON.stringify({ accepted: false })

function callerOf(ctx: Context, id: string, { socket, headers }: IncomingMessage, actor: string): Caller {
  const forwarded = headers['x-forwarded-for']
  const address = clientAddress(ctx.config.proxies, socket.remoteAddress, Array.isArray(forwarded) ? forwarded.join(',') : forwarded)
  return { door: 'validate', request: id, address, browser: headers['user-agent'], actor }
}

function refuse(name: RefusalName): Answer {
  const { status, headers, body } = refusalOf(name)
  const challenge = name === 'unauthorised' ? { 'www-authenticate': CHALLENGE } : {}
  return { status, headers: { ...headers, ...challenge }, body: JSON.stringify(body) }
}

/** The whole body; undefined if the request breaks off. It never fails: it may be over before anybody waits for it. */
function read(request: IncomingMessage): Promise<string | undefined> {
  return new Promise((resolve) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => resolve(Buffer.concat(parts).toString('utf8')))
    request.on('error', () => resolve(undefined))
    request.on('close', () => resolve(undefined))
  })
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

const POOL = new Uint8Array(4_096)
let drawn = POOL.length

/** Random bytes for what is no secret, fetched many at a time. */
function drawPooled(length: number): Uint8Array {
  if (drawn + length > POOL.length) {
    randomFillSync(POOL)
    drawn = 0
  }
  drawn += length
  return POOL.subarray(drawn - length, drawn)
}
