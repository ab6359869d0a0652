import { Hono, type MiddlewareHandler } from 'hono'
import type { Caller, Context } from '../../context.ts'
import { Busy } from '../../hashing/in-lane.ts'
import { limitBody } from '../../http/limit-body.ts'
import { callerOf, type Env, type Request } from '../../http/request.ts'
import type { TokenId } from '../../ids.ts'
import { textsFor } from '../../texts/texts.ts'
import { findOwner } from '../../tokens/find-owner.ts'
import { readSerial } from '../../tokens/read-serial.ts'
import { validateAtDoor } from '../../tokens/validate-at-door.ts'
import { validateCode } from '../../tokens/validate-code.ts'
import { enter, leave, type Uses } from '../validate/rules.ts'
import { usesOf } from '../validate/uses.ts'
import { type Admitted, admit } from './admit.ts'
import { answer, refuse } from './answers.ts'
import { readParameters } from './read-parameters.ts'
import { type Asked, nonceOf, type Parameters, readAsked } from './rules.ts'

export const CHECK_PATH = '/validate/check'
export const RADIUS_PATH = '/validate/radiuscheck'
export const TRIGGER_PATH = '/validate/triggerchallenge'
export const POLL_PATH = '/validate/polltransaction'
const EVERYTHING = ['/validate/*', '/auth', '/token/*']

/** Nothing that plugins send here comes near it. Bytes. */
const LARGEST_BODY = 8_192

/**
 * The validate interface that the field's plugins speak (docs/operate/validate.md): another spelling of the validation interface, over the same verb.
 * Codes without a password before them: a bare door.
 */
export function checkDoor(ctx: Context): Hono<Env> {
  const door = new Hono<Env>()
  door.onError((error, request) => {
    if (error instanceof Busy) return refuse(request, ctx, 'busy')
    ctx.log.error({ err: error, request: request.get('facts')?.id }, 'a request of a program failed')
    return refuse(request, ctx, 'failed')
  })
  for (const path of EVERYTHING) door.use(path, withHeaders)
  const uses = usesOf(ctx.db)
  const forCodes = ctx.config.check.get ? ['POST', 'GET'] : ['POST']
  door.all(CHECK_PATH, only(ctx, forCodes), (request) => asAdmitted(request, ctx, uses, check))
  door.all(RADIUS_PATH, only(ctx, forCodes), (request) => asAdmitted(request, ctx, uses, checkForRadius))
  door.all(TRIGGER_PATH, only(ctx, forCodes), (request) => asAdmitted(request, ctx, uses, trigger))
  for (const path of [POLL_PATH, `${POLL_PATH}/:id`])
    door.all(path, only(ctx, ['GET', 'POST']), (request) => asAdmitted(request, ctx, uses, poll))
  for (const path of EVERYTHING) door.all(path, (request) => refuse(request, ctx, 'not-offered'))
  return door
}

const withHeaders: MiddlewareHandler<Env> = async (request, next) => {
  request.header('cache-control', 'no-store')
  request.header('x-content-type-options', 'nosniff')
  await next()
}

/** HEAD is no GET here: a code would be used up, and nobody would read the answer. */
function only(ctx: Context, methods: readonly string[]): MiddlewareHandler<Env> {
  const limit = limitBody(LARGEST_BODY, (request) => refuse(request, ctx, 'too-large'))
  return async (request, next) => {
    if (methods.includes(request.req.method)) return limit(request, next)
    request.header('allow', methods.join(', '))
    return refuse(request, ctx, 'method')
  }
}

type Call = { request: Request; ctx: Context; by: Admitted; parameters: Parameters }

async function asAdmitted(
  request: Request,
  ctx: Context,
  uses: Uses,
  work: (call: Call) => Response | Promise<Response>,
): Promise<Response> {
  const by = await admit(request, ctx)
  if (by === undefined) return refuse(request, ctx, 'unauthorised')
  if (!enter(uses, by.id, ctx.now())) return refuse(request, ctx, 'too-many')
  try {
    const read = await readParameters(request)
    if (!read.ok) return refuse(request, ctx, read.trouble, 'name' in read ? { name: read.name } : {})
    return await work({ request, ctx, by, parameters: read.parameters })
  } finally {
    leave(uses, by.id)
  }
}

async function check(call: Call): Promise<Response> {
  const { request, ctx, parameters } = call
  const judged = await judge(call)
  if ('refusal' in judged) return judged.refusal
  const nonce = nonceOf(parameters)
  const texts = textsFor('en')
  if (!judged.accepted) return answer(request, ctx, nonce, { value: false, detail: { message: texts('check.rejected') } })
  const { serial, otplen } = judged
  return answer(request, ctx, nonce, { value: true, detail: { message: texts('check.accepted'), serial, type: 'totp', otplen } })
}

/** For whoever looks at the status and nothing else. */
async function checkForRadius(call: Call): Promise<Response> {
  const judged = await judge(call)
  if ('refusal' in judged) return judged.refusal
  return call.request.body(null, judged.accepted ? 204 : 400)
}

type Judged = { refusal: Response } | { accepted: false } | { accepted: true; serial: string | undefined; otplen: 6 | 8 }

/** Whatever is wrong with person or code, the answer is one and the same; the audit log tells more. */
async function judge({ request, ctx, by, parameters }: Call): Promise<Judged> {
  const nonce = nonceOf(parameters)
  const read = readAsked(parameters)
  if (!read.ok) return { refusal: refuse(request, ctx, read.wrong.trouble, { name: read.wrong.name, nonce }) }
  const { pass, challenge } = read.asked
  if (pass === undefined) return { refusal: refuse(request, ctx, 'missing', { name: 'pass', nonce }) }
  // A challenge is asked for, or answered: there is none, whoever it is, and no code to judge.
  if (pass === '' || challenge) return { accepted: false }
  const token = await validate(ctx, callerOf(request, 'validate', by.key), read.asked, pass)
  if (token === undefined) return { accepted: false }
  return { accepted: true, serial: await readSerial(ctx, token), otplen: pass.replaceAll(' ', '').length === 8 ? 8 : 6 }
}

/** The token whose code was accepted. In a realm that is not known here nobody is. */
async function validate(ctx: Context, by: Caller, { who, known }: Asked, pass: string): Promise<TokenId | undefined> {
  if ('user' in who) {
    const validated = await validateAtDoor(ctx, by, known ? who.user : '', pass)
    return validated.outcome === 'accepted' ? validated.token : undefined
  }
  const owner = await findOwner(ctx, who.serial)
  const validated = await validateCode(ctx, by, known ? owner?.user : undefined, pass, { bare: true })
  // Another token of theirs may have become active meanwhile: its code is used up, and still no code of this one.
  return validated.outcome === 'accepted' && validated.token === owner?.token ? validated.token : undefined
}

/** None is triggered, whoever it is for. */
function trigger({ request, ctx, by, parameters }: Call): Response {
  if (by.key === undefined) return refuse(request, ctx, 'unauthorised')
  const nonce = nonceOf(parameters)
  const read = readAsked(parameters)
  if (!read.ok) return refuse(request, ctx, read.wrong.trouble, { name: read.wrong.name, nonce })
  const detail = { message: textsFor('en')('check.no-challenge'), messages: [], transaction_ids: [], multi_challenge: [] }
  return answer(request, ctx, nonce, { value: 0, detail })
}

/** As for every transaction that is not known. */
function poll({ request, ctx, parameters }: Call): Response {
  const nonce = nonceOf(parameters)
  const asked = request.req.param('id') ?? parameters.get('transaction_id') ?? ''
  if (asked === '') return refuse(request, ctx, 'missing', { name: 'transaction_id', nonce })
  return answer(request, ctx, nonce, { value: false, detail: { message: textsFor('en')('check.no-challenge') } })
}
