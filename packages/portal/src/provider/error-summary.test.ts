import { expect, test } from 'vitest'
import { errorSummary } from './error-summary.ts'

test('nothing that an answer or a token holds is in a summary', () => {
  const error = Object.assign(new TypeError('canary in the message', { cause: { body: 'canary' } }), {
    code: 'OAUTH_X',
    error: 'canary text',
    claims: 'canary',
  })
  expect(errorSummary(error)).toEqual({ name: 'TypeError', code: 'OAUTH_X' })
  expect(errorSummary(Object.assign(new Error('x'), { error: 'invalid_grant' }))).toEqual({ name: 'Error', error: 'invalid_grant' })
  expect(errorSummary('canary')).toEqual({ name: 'unknown' })
})
