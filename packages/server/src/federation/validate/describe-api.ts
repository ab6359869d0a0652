import type { Hono } from 'hono'
import { z } from 'zod'
import type { Context } from '../../context.ts'
import type { Env } from '../../http/request.ts'
import { CHECK_SCHEMAS, describeCheck } from '../check/describe-check.ts'
import { OPEN_PATH, OpenAnswered, OpenAsked, REGISTER_PATH, RegisterAnswered, RegisterAsked, TypingRefusal } from '../token-app/api.ts'
import { only, openDoor, Refusal } from './answers.ts'
import { VALIDATE_PATH, ValidateAnswered, ValidateAsked } from './api.ts'
import { answerOf, referTo } from './described.ts'

export const DESCRIPTION_PATH = '/api/v1/openapi.json'

/** The stable interface for programs, described by the schemas that it is read with (OpenAPI 3.1). */
export function descriptionDoor(ctx: Context): Hono<Env> {
  const description = describeApi(ctx)
  return openDoor(ctx).all(DESCRIPTION_PATH, only('GET'), (request) => request.json(description))
}

export function describeApi({ config }: Pick<Context, 'config'>) {
  return {
    openapi: '3.1.1',
    info: {
      title: 'Latchkey',
      version: '1',
      description:
        'For programs. What is described here stays; more may come beside it. Nothing may stand in the query of an address but the number of a transaction.',
    },
    servers: [{ url: config.login.url }],
    paths: {
      [VALIDATE_PATH]: { post: validate() },
      [OPEN_PATH]: { post: open() },
      [REGISTER_PATH]: { post: register() },
      ...describeCheck(),
    },
    components: {
      schemas: schemas(),
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'An API key with the scope `validate`.' },
        header: {
          type: 'apiKey',
          in: 'header',
          name: 'X-API-Key',
          description: 'The same key, where a program cannot send the other header.',
        },
      },
    },
  }
}

function validate() {
  return {
    operationId: 'validate',
    summary: 'Is this security code good?',
    description:
      'An accepted code is used up. Wrong ones are counted for this door alone; after too many it is shut for the person until they sign in with both factors.',
    security: [{ bearer: [] }, { header: [] }],
    requestBody: bodyOf('ValidateAsked'),
    responses: {
      200: answerOf('Judged.', 'ValidateAnswered'),
      ...troubles(),
      401: answerOf('There is no API key, or it is not known, or not for this.', 'Refusal'),
      429: answerOf('This API key asks too often.', 'Refusal'),
    },
  }
}

function open() {
  return {
    operationId: 'openTicket',
    summary: 'Hand in a ticket and receive the codes, once',
    security: [],
    requestBody: bodyOf('OpenAsked'),
    responses: { 200: answerOf('The codes.', 'OpenAnswered'), ...troubles(), 403: TICKET_REFUSED },
  }
}

function register() {
  return {
    operationId: 'registerByTicket',
    summary: 'Hand in a registration code',
    description: 'The token becomes active when its owner says on the site that the app shows the same code.',
    security: [],
    requestBody: bodyOf('RegisterAsked'),
    responses: {
      200: answerOf('Kept until the owner answers.', 'RegisterAnswered'),
      ...troubles(),
      403: TICKET_REFUSED,
      422: answerOf('A typing error. Nothing was counted.', 'TypingRefusal'),
    },
  }
}

const TICKET_REFUSED = answerOf('The ticket is unknown, used or over, the code is wrong, or a page of another origin asked.', 'Refusal')

/** What every call can be answered with. */
function troubles() {
  return {
    400: answerOf('The body is not the object that is asked for, or something stands in the query.', 'Refusal'),
    405: answerOf('Another method than POST.', 'Refusal'),
    413: answerOf('The body is too large.', 'Refusal'),
    415: answerOf('The body is not application/json.', 'Refusal'),
    500: answerOf('Something went wrong; nothing was changed.', 'Refusal'),
    503: answerOf('Too much to do; nothing was counted.', 'Refusal'),
  }
}

function bodyOf(schema: string) {
  return { required: true, content: { 'application/json': { schema: referTo(schema) } } }
}

/** JSON Schema 2020-12, which OpenAPI 3.1 takes as it is. */
function schemas(): Readonly<Record<string, unknown>> {
  const all = {
    ValidateAsked,
    ValidateAnswered,
    OpenAsked,
    OpenAnswered,
    RegisterAsked,
    RegisterAnswered,
    TypingRefusal,
    Refusal,
    ...CHECK_SCHEMAS,
  }
  return Object.fromEntries(
    Object.entries(all).map(([name, schema]) => {
      const { $schema: _, ...described } = z.toJSONSchema(schema, { io: 'input', reused: 'inline' })
      return [name, described]
    }),
  )
}
