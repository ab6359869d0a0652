import { fetchUserInfo, refreshTokenGrant } from 'openid-client'
import { expect, test } from 'vitest'
import { makePerson, onBothEngines } from '../../../test/world.ts'
import { drawId } from '../../ids.ts'
import { ONE_FACTOR, TWO_FACTORS } from './rules.ts'
import { authorize, CALLBACK, errorOf, newParty, raise, redeem, requestOf, signIn, signOutAt, standOf } from './test/stand.ts'

const MINUTE = 60_000

onBothEngines('authorization', (world) => {
  const stand = standOf(world)
  const seconds = (ms: number) => Math.floor(ms / 1000)

  test('whoever is signed in comes back at once, and the ID Token says how that was', async () => {
    const party = await newParty(stand())
    const person = await signIn(stand(), world())
    const request = await requestOf(party)
    const { url, trail } = await person.browser.open(request.url)
    expect(trail.length).toBe(1)
    expect(url.origin + url.pathname).toBe(CALLBACK)
    expect(url.searchParams.get('iss')).toBe(stand().url)
    const tokens = await redeem(party, request, url)
    const claims = tokens.claims()
    expect(claims).toMatchObject({ sub: person.user, acr: ONE_FACTOR, amr: ['pwd'], auth_time: seconds(world().now()) })
    const info = await fetchUserInfo(party.config, tokens.access_token, person.user)
    expect(info).toMatchObject({ sub: person.user, locale: 'en', zoneinfo: 'Europe/Berlin' })
    expect(info).not.toHaveProperty('email')
  })

  test('whoever is not signed in is sent to sign in, and resuming believes the session and not the address', async () => {
    const party = await newParty(stand())
    const browser = stand().newBrowser()
    const request = await requestOf(party)
    const first = await browser.open(request.url)
    expect(first.url.pathname).toMatch(/^\/sign-in\/flw_/)
    const resume = first.trail.find((one) => one.includes('/oidc/interaction/'))
    const early = await browser.open(`${resume}/resume`)
    expect(early.url.pathname).toMatch(/^\/sign-in\/flw_/)
    const stranger = stand().newBrowser()
    expect((await stranger.open(`${resume}/resume`)).trail).toEqual([])
    await signIn(stand(), world(), {}, undefined, browser)
    const { url } = await browser.open(`${resume}/resume`)
    const tokens = await redeem(party, request, url)
    expect(tokens.claims()?.['acr']).toBe(ONE_FACTOR)
    expect((await browser.open(`${resume}/resume`)).url.origin).toBe(stand().url)
  })

  test('the flow says where it leads, and to whom', async () => {
    const party = await newParty(stand(), { name: 'The shop' })
    const { url } = await stand()
      .newBrowser()
      .open((await requestOf(party, { acr_values: TWO_FACTORS })).url)
    const flow = await world()
      .db.read.selectFrom('sign_in_flows')
      .selectAll()
      .where('id', '=', url.pathname.slice('/sign-in/'.length) as `flw_${string}`)
      .executeTakeFirstOrThrow()
    expect(flow).toMatchObject({ relying_party: 'The shop', form_origin: new URL(CALLBACK).origin, wants_second_factor: 1 })
    expect(flow.return_to).toMatch(/^\/oidc\/interaction\/[\w-]+\/resume$/)
  })

  test('prompt=none never shows anything', async () => {
    const party = await newParty(stand())
    expect(await errorOf(party, stand().newBrowser(), { prompt: 'none' })).toBe('login_required')
    const { browser } = await signIn(stand(), world())
    expect(await errorOf(party, browser, { prompt: 'none' })).toBe(null)
    expect(await errorOf(party, browser, { prompt: 'none', acr_values: TWO_FACTORS })).toBe('login_required')
    expect(await errorOf(party, browser, { prompt: 'none login' })).toBe('invalid_request')
  })

  test('a second factor that is asked for is asked of the session, and never claimed before', async () => {
    const party = await newParty(stand())
    const person = await signIn(stand(), world())
    const request = await requestOf(party, { acr_values: TWO_FACTORS })
    const away = await person.browser.open(request.url)
    expect(away.url.pathname).toMatch(/^\/sign-in\//)
    world().pass(1)
    await raise(stand(), person, { secondFactorAt: world().now() })
    const resume = away.trail.find((one) => one.includes('/oidc/interaction/'))
    const tokens = await redeem(party, request, (await person.browser.open(`${resume}/resume`)).url)
    expect(tokens.claims()).toMatchObject({ acr: TWO_FACTORS, amr: ['pwd', 'otp', 'mfa'] })
    const later = (await authorize(party, person.browser)).claims()
    expect(later).toMatchObject({ acr: TWO_FACTORS, auth_time: seconds(world().now()) })
  })

  test('what the session reached is said at once after it was raised or replaced', async () => {
    const party = await newParty(stand())
    const person = await signIn(stand(), world())
    expect((await authorize(party, person.browser)).claims()?.['acr']).toBe(ONE_FACTOR)
    await raise(stand(), person, { secondFactorAt: world().now() })
    expect((await authorize(party, person.browser)).claims()?.['acr']).toBe(TWO_FACTORS)
    const other = await signIn(stand(), world(), {}, undefined, person.browser)
    expect((await authorize(party, person.browser)).claims()).toMatchObject({ sub: other.user, acr: ONE_FACTOR, amr: ['pwd'] })
    await signOutAt(stand(), other)
    expect(await errorOf(party, person.browser, { prompt: 'none' })).toBe('login_required')
  })

  test('an essential acr is met with a value that was named, or not at all', async () => {
    const party = await newParty(stand())
    const claim = (acr: object) => ({ claims: JSON.stringify({ id_token: { acr: { essential: true, ...acr } } }) })
    const one = await signIn(stand(), world())
    expect(await errorOf(party, one.browser, { prompt: 'none', ...claim({ value: TWO_FACTORS }) })).toBe('login_required')
    expect(await errorOf(party, one.browser, claim({ values: ['urn:somebody:else'] }))).toBe('unmet_authentication_requirements')
    // `acr_values` beside it does not weaken it.
    expect(await errorOf(party, one.browser, { prompt: 'none', acr_values: ONE_FACTOR, ...claim({ value: TWO_FACTORS }) })).toBe(
      'login_required',
    )
    const two = await signIn(stand(), world(), { secondFactorAt: world().now() })
    expect((await authorize(party, two.browser, claim({ value: ONE_FACTOR }))).claims()?.['acr']).toBe(ONE_FACTOR)
    expect((await authorize(party, two.browser, claim({ values: [TWO_FACTORS] }))).claims()?.['acr']).toBe(TWO_FACTORS)
    expect((await authorize(party, two.browser)).claims()?.['acr']).toBe(TWO_FACTORS)
  })

  test('max_age and prompt=login: what was proved before is too old', async () => {
    const party = await newParty(stand())
    const person = await signIn(stand(), world())
    world().pass(10 * MINUTE)
    expect(await errorOf(party, person.browser, { prompt: 'none', max_age: '600' })).toBe(null)
    expect(await errorOf(party, person.browser, { prompt: 'none', max_age: '599' })).toBe('login_required')
    for (const extra of [{ prompt: 'login' }, { max_age: '0' }, { max_age: '5' }]) {
      const request = await requestOf(party, extra)
      const away = await person.browser.open(request.url)
      expect(away.url.pathname).toMatch(/^\/sign-in\//)
      const resume = `${away.trail.find((one) => one.includes('/oidc/interaction/'))}/resume`
      expect((await person.browser.open(resume)).url.pathname).toMatch(/^\/sign-in\//)
      world().pass(MINUTE)
      await raise(stand(), person, { passwordAt: world().now() })
      // Longer on the way than max_age allows: it was proved for this request all the same.
      world().pass(MINUTE)
      const tokens = await redeem(party, request, (await person.browser.open(resume)).url)
      expect(tokens.claims()?.auth_time).toBe(seconds(world().now() - MINUTE))
    }
  })

  test('a fresh password does not make an old second factor fresh', async () => {
    const party = await newParty(stand())
    const person = await signIn(stand(), world(), { secondFactorAt: world().now() })
    world().pass(20 * MINUTE)
    await raise(stand(), person, { passwordAt: world().now() })
    expect(await errorOf(party, person.browser, { prompt: 'none', max_age: '600' })).toBe(null)
    expect(await errorOf(party, person.browser, { prompt: 'none', max_age: '600', acr_values: TWO_FACTORS })).toBe('login_required')
  })

  test("the relying party's policy is the floor, whatever it asks for", async () => {
    const strict = await newParty(stand(), { requiredAcr: TWO_FACTORS, freshnessMs: 10 * MINUTE })
    const person = await signIn(stand(), world())
    expect(await errorOf(strict, person.browser, { prompt: 'none', acr_values: ONE_FACTOR })).toBe('login_required')
    await raise(stand(), person, { secondFactorAt: world().now() })
    expect(await errorOf(strict, person.browser, { prompt: 'none', acr_values: ONE_FACTOR })).toBe(null)
    world().pass(10 * MINUTE + 1)
    expect(await errorOf(strict, person.browser, { prompt: 'none', max_age: '86400' })).toBe('login_required')
    const picky = await newParty(stand(), { allowedKinds: ['passkey'] })
    expect(await errorOf(picky, person.browser, { prompt: 'none' })).toBe('login_required')
    const soft = await newParty(stand(), { allowedKinds: ['soft-token', 'passkey'] })
    expect(await errorOf(soft, person.browser, { prompt: 'none' })).toBe(null)
  })

  test("an id_token_hint of another person never gives the browser's own, and nobody is asked for ever", async () => {
    const party = await newParty(stand())
    const alice = await signIn(stand(), world())
    const hint = (await authorize(party, alice.browser)).id_token ?? ''
    const bob = await signIn(stand(), world())
    expect(await errorOf(party, alice.browser, { prompt: 'none', id_token_hint: hint })).toBe(null)
    expect(await errorOf(party, bob.browser, { prompt: 'none', id_token_hint: hint })).toBe('login_required')
    const claims = JSON.stringify({ id_token: { sub: { value: alice.user } } })
    expect(await errorOf(party, bob.browser, { prompt: 'none', claims })).toBe('login_required')
    const away = await bob.browser.open((await requestOf(party, { id_token_hint: hint })).url)
    const resume = `${away.trail.find((one) => one.includes('/oidc/interaction/'))}/resume`
    for (let tries = 1; tries < 5; tries += 1) expect((await bob.browser.open(resume)).url.pathname).toMatch(/^\/sign-in\//)
    expect((await bob.browser.open(resume)).url.searchParams.get('error')).toBe('login_required')
  })

  test('somebody else signs in on the way: the answer is about them', async () => {
    const party = await newParty(stand())
    const alice = await signIn(stand(), world())
    await authorize(party, alice.browser)
    world().pass(1)
    const request = await requestOf(party, { prompt: 'login' })
    const away = await alice.browser.open(request.url)
    world().pass(1)
    await signOutAt(stand(), alice)
    const bob = await signIn(stand(), world(), {}, undefined, alice.browser)
    const resume = `${away.trail.find((one) => one.includes('/oidc/interaction/'))}/resume`
    const tokens = await redeem(party, request, (await bob.browser.open(resume)).url)
    expect(tokens.claims()?.sub).toBe(bob.user)
  })

  test('going back is an answer too', async () => {
    const party = await newParty(stand())
    const browser = stand().newBrowser()
    const away = await browser.open((await requestOf(party)).url)
    const interaction = away.trail.find((one) => one.includes('/oidc/interaction/'))
    expect((await browser.open(`${interaction}/abort`)).url.searchParams.get('error')).toBe('access_denied')
  })

  test('offline_access gives a refresh token to those who were registered for it, and what it renews says the same', async () => {
    const scope = 'openid offline_access'
    const plain = await newParty(stand())
    const person = await signIn(stand(), world())
    expect((await authorize(plain, person.browser, { scope, prompt: 'consent' })).refresh_token).toBeUndefined()
    const party = await newParty(stand(), { refreshTokens: true })
    const tokens = await authorize(party, person.browser, { scope, prompt: 'consent' })
    const renewed = await refreshTokenGrant(party.config, tokens.refresh_token ?? '')
    expect(renewed.claims()).toMatchObject({ acr: ONE_FACTOR, auth_time: tokens.claims()?.auth_time })
    expect(renewed.refresh_token).not.toBe(tokens.refresh_token)
  })

  test('two tabs at once both get their answer', async () => {
    const party = await newParty(stand())
    const { browser } = await signIn(stand(), world())
    const tokens = await Promise.all([authorize(party, browser), authorize(party, browser), authorize(party, browser)])
    for (const { access_token } of tokens)
      expect((await fetchUserInfo(party.config, access_token, tokens[0]?.claims()?.sub ?? '')).sub).toBeTruthy()
  })

  test('an address that was not verified is not said to be theirs', async () => {
    const party = await newParty(stand())
    const user = await makePerson(world())
    const add = (address: string, verified_at: number | null) =>
      world().db.transaction((tx) =>
        tx
          .insertInto('addresses')
          .values({
            id: drawId('adr', world().random),
            user_id: user,
            address,
            canonical: address,
            created_at: world().now(),
            verified_at,
            recovery_from: null,
            ended_at: null,
          })
          .execute(),
      )
    const { browser } = await signIn(stand(), world(), {}, user)
    await add('eve@example.test', null)
    const { access_token: token } = await authorize(party, browser)
    expect(await fetchUserInfo(party.config, token, user)).not.toHaveProperty('email')
    await add('alice@example.test', world().now())
    expect(await fetchUserInfo(party.config, token, user)).toMatchObject({ email: 'alice@example.test', email_verified: true })
  })
})

onBothEngines(
  'where everybody gives both factors',
  (world) => {
    const stand = standOf(world)
    test('the password alone opens no relying party, whatever it asks for', async () => {
      const party = await newParty(stand())
      const person = await signIn(stand(), world())
      expect(await errorOf(party, person.browser, { prompt: 'none', acr_values: ONE_FACTOR })).toBe('login_required')
      await raise(stand(), person, { secondFactorAt: world().now() })
      expect(await errorOf(party, person.browser, { prompt: 'none', acr_values: ONE_FACTOR })).toBe(null)
    })
  },
  { LATCHKEY_SIGN_IN_SECOND_FACTOR: 'always' },
)
