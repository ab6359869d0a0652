import { parseSerialNumber, type SerialNumber } from '@latchkey/protocol/codes/serial-number'
import type { IdentitySummary } from '@latchkey/soft-token/identity/list-identities'
import { describe, expect, test } from 'vitest'
import type { Listing } from '../vault/vault.ts'
import { freeName, homeOf, type Place, placeOf, placeOfLink, stillAt } from './place.ts'

function serialOf(text: string): SerialNumber {
  const parsed = parseSerialNumber(text)
  if (!parsed.ok) throw new Error('no serial number')
  return parsed.serial
}
const ONE = serialOf('0482915736')
const TWO = serialOf('1234567890')

function identity(serial: SerialNumber, state: IdentitySummary['state'], label = 'Work'): IdentitySummary {
  const rest = { triesLeft: 5, resetCode: 'FABMR9V5', registrationCode: undefined, createdAt: 0, clockSetBackAt: undefined }
  return { serial, label, state, profile: { digits: 6, pinMinimum: 6 }, keyId: new Uint8Array(16), ...rest } as IdentitySummary
}
const NONE: Listing = { identities: [], unreadable: [], lost: [] }

describe('where the app opens', () => {
  test.each([
    ['active', 'pin'],
    ['registering', 'registration'],
    ['locked', 'locked'],
  ] as const)('straight to the only identity: %s at %s', (state, at) => {
    expect(homeOf({ ...NONE, identities: [identity(ONE, state)] })).toMatchObject({ at, serial: ONE })
  })

  test('to the list where there are none or several', () => {
    expect(homeOf(NONE)).toEqual({ at: 'identities' })
    expect(homeOf({ ...NONE, identities: [identity(ONE, 'active'), identity(TWO, 'active')] })).toEqual({ at: 'identities' })
  })

  test('an identity that the browser took away is told as that, and one beside it is not opened as if it were the only one', () => {
    expect(homeOf({ ...NONE, lost: [{ serial: ONE, label: 'Work' }] })).toEqual({ at: 'lost', serial: ONE })
    expect(homeOf({ ...NONE, unreadable: [{ serial: ONE, label: 'Work', error: 'vault-damaged' }] })).toEqual({
      at: 'unreadable',
      serial: ONE,
    })
    expect(homeOf({ ...NONE, identities: [identity(TWO, 'active')], lost: [{ serial: ONE, label: 'Work' }] })).toEqual({ at: 'identities' })
  })

  test('an identity that is gone meanwhile leads to the list', () => {
    expect(placeOf(NONE, ONE)).toEqual({ at: 'identities' })
  })
})

describe('when the vault was read anew, a person', () => {
  const active = { ...NONE, identities: [identity(ONE, 'active')] }
  const locked = { ...NONE, identities: [identity(ONE, 'locked')] }
  const pin: Place = { at: 'pin', serial: ONE }
  const asked: Place = { at: 'locked', serial: ONE, asked: true }
  const forced: Place = { at: 'locked', serial: ONE, asked: false }

  test('stays at the very same place while that fits', () => {
    const typing: Place = { at: 'add', prefilled: undefined, nameTaken: false }
    for (const place of [pin, asked, typing]) expect(stillAt(active, place)).toBe(place)
    expect(stillAt(locked, forced)).toBe(forced)
    for (const at of ['rename', 'details'] as const) expect(stillAt(active, { at, serial: ONE })).toMatchObject({ at })
    const choosing: Place = { at: 'new-pin', serial: ONE, pinMinimum: 6 }
    expect(stillAt(NONE, choosing)).toBe(choosing)
  })

  test('goes where the identity leads that was locked, unlocked, registered or deleted elsewhere', () => {
    expect(stillAt(locked, pin)).toEqual(forced)
    expect(stillAt(locked, asked)).toEqual(forced)
    expect(stillAt(active, forced)).toEqual(pin)
    expect(stillAt(active, { at: 'registration', serial: ONE, picture: undefined, ticket: undefined })).toEqual(pin)
    expect(stillAt(NONE, pin)).toEqual({ at: 'identities' })
    expect(stillAt(NONE, { at: 'rename', serial: ONE })).toEqual({ at: 'identities' })
  })
})

test('a ticket is not opened in the browser of an iPhone, and half a ticket nowhere', () => {
  expect(placeOfLink({ kind: 'ticket', ticket: 't' }, true)).toEqual({ at: 'elsewhere', ticket: 't' })
  expect(placeOfLink({ kind: 'ticket', ticket: 't' }, false)).toEqual({ at: 'ticket', ticket: 't' })
  expect(placeOfLink({ kind: 'half' }, false)).toBeUndefined()
  expect(placeOfLink({ kind: 'none' }, false)).toBeUndefined()
})

test('a proposed name is one that no identity has', () => {
  const listing: Listing = { ...NONE, identities: [identity(ONE, 'active', 'Work'), identity(TWO, 'active', 'Work 2')] }
  expect(freeName(listing, 'Work')).toBe('Work 3')
  expect(freeName(listing, 'Home')).toBe('Home')
  expect(freeName(listing, '')).toBe('')
})
