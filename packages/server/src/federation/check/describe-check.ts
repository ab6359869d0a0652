import { answerOf, referTo } from '../validate/described.ts'
import { CheckAnswered, CheckRefused, TriggerAnswered } from './answers.ts'
import { CHECK_PATH, POLL_PATH, RADIUS_PATH, TRIGGER_PATH } from './api.ts'
import { CheckAsked, PollAsked, TriggerAsked } from './rules.ts'

export const CHECK_SCHEMAS = { CheckAsked, CheckAnswered, TriggerAsked, TriggerAnswered, PollAsked, CheckRefused }

const SECURITY = [{ bearer: [] }, { header: [] }, {}]

/** The calls of the field's plugins, as docs/operate/validate.md has them in words. By GET codes are taken where a setting says so; that is not described. */
export function describeCheck() {
  return {
    [CHECK_PATH]: { post: check() },
    [RADIUS_PATH]: { post: checkForRadius() },
    [TRIGGER_PATH]: { post: trigger() },
    [POLL_PATH]: {
      get: {
        ...poll('pollTransaction'),
        parameters: [{ name: 'transaction_id', in: 'query', required: true, schema: { type: 'string' } }],
      },
      post: { ...poll('pollTransactionByPost'), requestBody: bodyOf('PollAsked') },
    },
    [`${POLL_PATH}/{id}`]: {
      get: { ...poll('pollTransactionByPath'), parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }] },
    },
  }
}

function check() {
  return {
    operationId: 'check',
    summary: 'Is this security code good, as plugins of the field ask it?',
    description:
      'An accepted code is used up. Whatever is wrong with person or code, the answer is the same. No key is needed from the addresses of a setting.',
    security: SECURITY,
    requestBody: bodyOf('CheckAsked'),
    responses: { 200: answerOf('Judged.', 'CheckAnswered'), ...troubles() },
  }
}

function checkForRadius() {
  const { 400: malformed, ...others } = troubles()
  return {
    ...check(),
    operationId: 'radiusCheck',
    summary: 'The same, answered by the status alone',
    responses: {
      204: { description: 'Accepted.' },
      ...others,
      400: { ...malformed, description: `Not accepted, with an empty body. Or: ${malformed.description}` },
    },
  }
}

function trigger() {
  return {
    operationId: 'triggerChallenge',
    summary: 'Triggers no challenge, for whoever it is',
    security: [{ bearer: [] }, { header: [] }],
    requestBody: bodyOf('TriggerAsked'),
    responses: { 200: answerOf('None was triggered.', 'TriggerAnswered'), ...troubles() },
  }
}

function poll(operationId: string) {
  return {
    operationId,
    summary: 'Knows no transaction',
    security: SECURITY,
    responses: { 200: answerOf('Not answered.', 'CheckAnswered'), ...troubles() },
  }
}

function troubles() {
  return {
    400: answerOf('905: a parameter is missing, comes twice or is not text, or the body is none of these.', 'CheckRefused'),
    401: answerOf('4033: there is no API key, or it is not known, or not for this.', 'CheckRefused'),
    405: answerOf('4307: another method.', 'CheckRefused'),
    413: answerOf('The body is too large.', 'CheckRefused'),
    429: answerOf('This API key, or this address, asks too often.', 'CheckRefused'),
    500: answerOf('Something went wrong; nothing was changed.', 'CheckRefused'),
    503: answerOf('Too much to do; nothing was counted.', 'CheckRefused'),
  }
}

function bodyOf(schema: string) {
  const types = ['application/x-www-form-urlencoded', 'multipart/form-data', 'application/json']
  return { required: true, content: Object.fromEntries(types.map((type) => [type, { schema: referTo(schema) }])) }
}
