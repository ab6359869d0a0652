import { expect, test } from 'vitest'
import { readLink, readScanned } from './read-link.ts'

const TICKET = 'AAECAwQFBgcICQoLDA0ODw'
const ORIGIN = 'http://localhost:8081'

test('a whole ticket is read from the fragment', () => {
  expect(readLink(`#/activate?ticket=${TICKET}`)).toEqual({ kind: 'ticket', ticket: TICKET })
})

test.each([
  '#/activate',
  '#/activate?',
  '#/activate?ticket=',
  `#/activate?ticket=${TICKET.slice(1)}`,
  `#/activate?ticket=${TICKET}A`,
  '#/activate?ticket=<b>',
])('half a link is told as that: %s', (fragment) => {
  expect(readLink(fragment)).toEqual({ kind: 'half' })
})

test.each(['', '#', '#main', `#/other?ticket=${TICKET}`])('any other fragment is none: %s', (fragment) => {
  expect(readLink(fragment)).toEqual({ kind: 'none' })
})

test('a QR code counts only if it leads to this origin', () => {
  expect(readScanned(`${ORIGIN}/#/activate?ticket=${TICKET}`, ORIGIN)).toEqual({ kind: 'ticket', ticket: TICKET })
  for (const text of [
    `https://evil.test/#/activate?ticket=${TICKET}`,
    `http://localhost:8081.evil.test/#/activate?ticket=${TICKET}`,
    'WIFI:S:x;;',
    '',
    'otpauth://totp/x',
  ])
    expect(readScanned(text, ORIGIN)).toEqual({ kind: 'none' })
})
