import { expect, test } from 'vitest'
import { onBothEngines } from '../../../../test/world.ts'
import type { SessionId } from '../../../ids.ts'
import { deliver } from '../../../outbox/deliver.ts'
import { openReceiver, type Receiver } from '../test/receiver.ts'
import { AFTER_LOGOUT, newParty, signIn, standOf } from '../test/stand.ts'
import { answerOf, expectRefusal, NEEDS_A_PAGE } from './test/answers.ts'
import { ask, flow } from './test/steps.ts'
import { discover, verify } from './test/tokens.ts'

const PUBLIC = 'https://id.example.test'
const STATE = 'aZ09-._~'.repeat(16)

/**
 * What each module of `oidcc-backchannel-rp-initiated-logout-certification-test-plan` of the OpenID Foundation's conformance suite does to
 * a provider (https://gitlab.com/openid/conformance-suite, OIDCCBackchannelRpInitiatedLogoutTestPlan), for clients that were registered
 * beforehand.
 */
onBothEngines('the Back-Channel Logout plan, module by module', (world) => {
  const publicStand = standOf(world, PUBLIC)
  // Logout tokens go to this machine itself only from a provider that is on it too.
  const stand = standOf(world)
  const bench = { world, stand, mode: 'query' as const }
  const senders = {
    mail: async () => undefined,
    backChannelLogout: (sessions: readonly SessionId[]) => stand().door.deliverLogout(sessions),
  }

  test('oidcc-backchannel-logout-discovery-endpoint-verification: offered, with a name for the session, and by https', async () => {
    const found = await discover(publicStand())
    expect(found).toMatchObject({
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
      end_session_endpoint: `${PUBLIC}/oidc/sign-out`,
    })
    for (const [name, address] of Object.entries(found)) if (name.endsWith('_endpoint')) expect(address, name).toMatch(/^https:/)
  })

  test('oidcc-backchannel-rp-initiated-logout: the relying party hears of it, in the words of its ID Token; the person comes back, signed out', async () => {
    const receiver = await openReceiver()
    try {
      await signOutAndListen(receiver)
    } finally {
      receiver.close()
    }
  })

  async function signOutAndListen(receiver: Receiver): Promise<void> {
    const heard: (string | undefined)[][] = []
    receiver.answer = ({ method, headers }, response) => {
      heard.push([method, headers['content-type']])
      response.writeHead(200, { 'cache-control': 'no-store' }).end()
    }
    const party = await newParty(stand(), { backChannelLogoutUri: `${receiver.url}/backchannel_logout` })
    const { browser, user } = await signIn(stand(), world())
    const { answer, claims } = await flow(bench, party, browser)
    const query = new URLSearchParams({
      id_token_hint: answer.body['id_token'] ?? '',
      post_logout_redirect_uri: AFTER_LOGOUT,
      state: STATE,
    })
    const { url, trail } = await browser.open(`/oidc/sign-out?${query}`)
    expect([url.origin + url.pathname, trail.length, ...url.searchParams]).toEqual([AFTER_LOGOUT, 1, ['state', STATE]])
    expect(await deliver(stand().ctx, senders)).toMatchObject({ sent: 1, failed: 0, retried: 0 })
    expect(heard).toEqual([['POST', expect.stringMatching(/^application\/x-www-form-urlencoded/)]])
    expect(receiver.forms.map((form) => [...form.keys()])).toEqual([['logout_token']])
    await expectLogoutToken(receiver.tokens[0] ?? '', party.clientId, { sub: user, sid: claims['sid'] })
    const request = await ask(bench, party, { prompt: 'none' })
    expectRefusal(stand(), request, answerOf('query', await browser.open(request.url)), NEEDS_A_PAGE)
  }

  /** Back-Channel Logout 1.0, 2.4: these claims, each as it has to be, and none beside, a nonce least of all. */
  async function expectLogoutToken(token: string, clientId: string, whose: { sub: string; sid: unknown }): Promise<void> {
    const { payload, protectedHeader } = await verify(stand(), token, clientId)
    expect(protectedHeader.typ).toBe('logout+jwt')
    expect(whose.sid).toMatch(/./)
    expect(payload).toEqual({
      ...whose,
      iss: stand().url,
      aud: clientId,
      iat: expect.any(Number),
      exp: expect.any(Number),
      jti: expect.stringMatching(/./),
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    })
    expect(Math.abs((payload.iat ?? 0) - Date.now() / 1000)).toBeLessThan(300)
    expect(payload.exp).toBeGreaterThan(payload.iat ?? 0)
  }
})
