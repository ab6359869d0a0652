import fc from 'fast-check'
import { expect, test } from 'vitest'
import { returnPath } from './return-path.ts'

test('whatever is asked for, the way back is one of our own pages', () => {
  const evil = [
    '//evil',
    '/\\evil',
    'https:evil',
    '/manage-account\r\nSet-Cookie: a=b',
    '/manage-account@evil',
    '/manage-account/',
    '%2fmanage-account',
    '',
  ]
  for (const path of evil) expect(returnPath(path)).toBe('/dashboard')
  expect(returnPath('/manage-account')).toBe('/manage-account')
  fc.assert(fc.property(fc.string(), (path) => ['/dashboard', '/manage-account'].includes(returnPath(path))))
})
