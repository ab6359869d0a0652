import { expect, test } from 'vitest'
import { decodeAgain, decodingFor, nonceOf, type Parameters, readAsked } from './rules.ts'

test.each([
  ['FreeRADIUS', 'percent'],
  ['freeradius/3.2.1', 'percent'],
  ['PAM/1.1.0', 'percent'],
  ['privacyidea-nextcloud/3.0', 'percent'],
  ['curl/8.1', 'percent'],
  ['Mozilla/5.0 (privacyidea-cp)', 'percent'],
  ['privacyidea-cpx/1', 'percent'],
  ['/1.0', 'percent'],
  ['  ', 'percent'],
  [undefined, 'percent'],
  ['privacyidea-cp/3.5 Windows/11', 'none'],
  ['privacyIDEA-LDAP-Proxy', 'none'],
  ['SimpleSAMLphp/2.1', 'none'],
  ['privacyIDEA-Keycloak/1.8 Keycloak/26', 'form'],
  ['entraid-via-keycloak/1.0', 'form'],
  ['privacyIDEA-Shibboleth/1.0', 'form'],
] as const)('the values of %j are read again: %s', (userAgent, decoding) => {
  expect(decodingFor(userAgent)).toBe(decoding)
})

test.each([
  ['a%2540b', 'percent', 'a%40b'],
  ['a%40b', 'percent', 'a@b'],
  ['a+b%2Bc', 'percent', 'a+b+c'],
  ['a+b%2Bc', 'form', 'a b+c'],
  ['a+b%2Bc', 'none', 'a+b%2Bc'],
  ['100%', 'percent', '100%'],
  ['%ff%41', 'percent', '%ff%41'],
  ['%zz', 'form', '%zz'],
  ['%F0%9F%98%80', 'percent', '😀'],
] as const)('%j read again as %s is %j', (value, decoding, read) => {
  expect(decodeAgain(value, decoding)).toBe(read)
})

const asked = (fields: Record<string, unknown>) => readAsked(new Map(Object.entries(fields)) satisfies Parameters)

test.each([
  [{}, 'missing', 'user'],
  [{ user: '', serial: '', pass: '1' }, 'missing', 'user'],
  [{ pass: '123456' }, 'missing', 'user'],
  [{ user: 'alice', serial: '1', pass: '1' }, 'twice', 'user, serial'],
  [{ user: ['alice'], pass: '1' }, 'not-text', 'user'],
  [{ user: 'alice', pass: 123456 }, 'not-text', 'pass'],
  [{ user: 'alice', pass: null }, 'not-text', 'pass'],
  [{ user: 'alice', pass: '1', nonce: {} }, 'not-text', 'nonce'],
  [{ user: 'alice', pass: '1', realm: true }, 'not-text', 'realm'],
])('%j is refused', (fields, trouble, name) => {
  expect(asked(fields)).toEqual({ ok: false, wrong: { trouble, name } })
})

test('what plugins send beside it changes nothing, whatever it is', () => {
  const more = { client: '10.0.0.1', resConf: 'ldap', otponly: 1, exception: true, bare: false, __proto__: null, role: ['admin'] }
  expect(asked({ user: 'alice', pass: '1', ...more })).toEqual(asked({ user: 'alice', pass: '1' }))
})

test('an empty code is there, a missing one is not', () => {
  expect(asked({ user: 'alice', pass: '' })).toMatchObject({ asked: { pass: '' } })
  expect(asked({ user: 'alice' })).toMatchObject({ asked: { pass: undefined } })
})

test.each([
  [{}, true],
  [{ realm: '', type: '' }, true],
  [{ realm: 'default', type: 'totp' }, true],
  [{ realm: 'DEFAULT', type: 'TOTP' }, true],
  [{ realm: 'example.org' }, false],
  [{ type: 'push' }, false],
])('with %j somebody may be known: %s', (fields, known) => {
  expect(asked({ user: 'alice', pass: '1', ...fields })).toMatchObject({ asked: { known } })
})

test.each([
  [{}, false],
  [{ transaction_id: '', state: '' }, false],
  [{ transaction_id: '01234567890123456789' }, true],
  [{ state: '01234567890123456789' }, true],
])('with %j a challenge is answered: %s', (fields, challenge) => {
  expect(asked({ user: 'alice', pass: '1', ...fields })).toMatchObject({ asked: { challenge } })
})

test('a nonce goes back as it came, and only if it is one', () => {
  expect(nonceOf(new Map([['nonce', 'abc']]))).toBe('abc')
  for (const nonce of ['', 5, null, ['a']]) expect(nonceOf(new Map<string, unknown>([['nonce', nonce]]))).toBeUndefined()
})
