import { describe, expect, test } from 'vitest'
import {
  type Asked,
  acrToSay,
  amrOf,
  authTimeOf,
  judge,
  ONE_FACTOR,
  type Policy,
  type Proofs,
  TWO_FACTORS,
  type Wish,
  wishOf,
} from './rules.ts'

const NOW = 1_790_000_000_000
const ASKED: Asked = { acrValues: undefined, claims: undefined, maxAge: undefined, prompts: [], hinted: undefined }
const FREE: Policy = { acr: undefined, kinds: undefined, freshnessMs: undefined }
const PASSWORD: Proofs = { user: 'usr_a', passwordAt: NOW - 5000, secondFactorAt: undefined, amr: ['pwd'] }
const BOTH: Proofs = { ...PASSWORD, secondFactorAt: NOW - 3000, amr: ['pwd', 'otp'] }
const WISH: Wish = { acr: ONE_FACTOR, kinds: undefined, user: undefined, notBefore: undefined }
const claim = (acr: object) => JSON.stringify({ id_token: { acr } })

describe('what is asked for in all', () => {
  test.each<[string, Partial<Asked>, Partial<Policy>, string]>([
    ['nothing', {}, {}, ONE_FACTOR],
    ['two', { acrValues: TWO_FACTORS }, {}, TWO_FACTORS],
    ['either', { acrValues: `${TWO_FACTORS} ${ONE_FACTOR}` }, {}, ONE_FACTOR],
    ['the unknown', { acrValues: 'urn:else' }, {}, ONE_FACTOR],
    ['a voluntary claim', { claims: claim({ value: TWO_FACTORS }) }, {}, TWO_FACTORS],
    [
      'an essential claim beside a weaker wish',
      { acrValues: ONE_FACTOR, claims: claim({ essential: true, value: TWO_FACTORS }) },
      {},
      TWO_FACTORS,
    ],
    ['less than the policy', { acrValues: ONE_FACTOR }, { acr: TWO_FACTORS }, TWO_FACTORS],
    ['less than the policy, essentially', { claims: claim({ essential: true, values: [ONE_FACTOR] }) }, { acr: TWO_FACTORS }, TWO_FACTORS],
    ['more than the policy', { acrValues: TWO_FACTORS }, { acr: ONE_FACTOR }, TWO_FACTORS],
    ['claims of odd shapes', { claims: '{"id_token":{"acr":[1]}}' }, {}, ONE_FACTOR],
    ['claims that are null', { claims: '{"id_token":null}' }, {}, ONE_FACTOR],
  ])('%s', (_, asked, policy, acr) => {
    expect(wishOf({ ...ASKED, ...asked }, { ...FREE, ...policy }, NOW, undefined).acr).toBe(acr)
  })

  test('of ages the strictest counts, and what was proved since the request is fresh', () => {
    const floor = (asked: Partial<Asked>, policy: Partial<Policy>, since?: number) =>
      wishOf({ ...ASKED, ...asked }, { ...FREE, ...policy }, NOW, since).notBefore
    expect(floor({}, {})).toBeUndefined()
    expect(floor({ maxAge: '60' }, { freshnessMs: 30_000 })).toBe(NOW - 30_000)
    expect(floor({ maxAge: '10' }, { freshnessMs: 30_000 })).toBe(NOW - 10_000)
    expect(floor({ maxAge: '1' }, {}, NOW - 20_000)).toBe(NOW - 20_000)
    expect(floor({ maxAge: '60', prompts: ['login'] }, {}, NOW - 20_000)).toBe(NOW - 20_000)
    expect(floor({ maxAge: 'soon' }, {})).toBeUndefined()
  })
})

describe('the judgement', () => {
  test.each<[string, Proofs | undefined, Partial<Wish>, string]>([
    ['nobody', undefined, {}, 'sign-in'],
    ['no password', { ...PASSWORD, passwordAt: undefined }, {}, 'sign-in'],
    ['a second factor without a password', { ...BOTH, passwordAt: undefined }, { acr: TWO_FACTORS }, 'sign-in'],
    ['the password', PASSWORD, {}, 'suffices'],
    ['somebody else', PASSWORD, { user: 'usr_b' }, 'other-person'],
    ['one factor of two', PASSWORD, { acr: TWO_FACTORS }, 'second-factor'],
    ['two', BOTH, { acr: TWO_FACTORS }, 'suffices'],
    ['exactly as old as allowed', PASSWORD, { notBefore: NOW - 5000 }, 'suffices'],
    ['a millisecond older', PASSWORD, { notBefore: NOW - 4999 }, 'too-old'],
    ['the later proof counts', BOTH, { notBefore: NOW - 4000 }, 'suffices'],
    ['a fresh password, an old second factor', { ...BOTH, passwordAt: NOW }, { acr: TWO_FACTORS, notBefore: NOW - 2000 }, 'too-old'],
    ['a kind that was used', BOTH, { kinds: ['soft-token'] }, 'suffices'],
    ['a kind that was not', { ...BOTH, amr: ['pwd', 'kba'] }, { kinds: ['soft-token'] }, 'second-factor'],
    ['a kind that nobody knows', BOTH, { kinds: ['constructor'] }, 'second-factor'],
    ['no kind at all', BOTH, { kinds: [] }, 'second-factor'],
  ])('%s', (_, proofs, wish, verdict) => {
    expect(judge(proofs, { ...WISH, ...wish })).toBe(verdict)
  })

  test('what is said is what was', () => {
    expect(amrOf({ ...PASSWORD, amr: ['pwd', 'mfa'] })).toEqual(['pwd'])
    expect(amrOf(BOTH)).toEqual(['pwd', 'otp', 'mfa'])
    expect(authTimeOf(BOTH)).toBe((NOW - 3000) / 1000)
    expect(acrToSay(PASSWORD, { ...ASKED, claims: claim({ essential: true, values: [TWO_FACTORS, ONE_FACTOR] }) })).toBe(ONE_FACTOR)
    expect(acrToSay(PASSWORD, { ...ASKED, claims: claim({ essential: true, value: TWO_FACTORS }) })).toBe(ONE_FACTOR)
    expect(acrToSay(BOTH, { ...ASKED, claims: claim({ essential: true, value: ONE_FACTOR }) })).toBe(ONE_FACTOR)
    expect(acrToSay(BOTH, ASKED)).toBe(TWO_FACTORS)
  })
})
