import { createRemoteJWKSet, jwtVerify } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BROWSER, onBothEngines } from '../../../test/world.ts'
import type { SessionId } from '../../ids.ts'
import { deliver } from '../../outbox/deliver.ts'
import { suspendUser } from '../../users/suspend-user.ts'
import { LogoutUndelivered } from './back-channel-logout.ts'
import { removeRelyingParty } from './remove-relying-party.ts'
import { openReceiver, type Receiver } from './test/receiver.ts'
import { authorize, newParty, openStand, type Stand, signIn, signOutAt } from './test/stand.ts'

onBothEngines('back-channel logout', (world) => {
  let opened: Stand | undefined
  const receivers: Receiver[] = []
  const stand = (): Stand => {
    if (opened === undefined) throw new Error('the stand is there inside tests only')
    return opened
  }
  const newReceiver = async () => {
    const receiver = await openReceiver()
    receivers.push(receiver)
    return receiver
  }
  beforeAll(async () => {
    world().setTime(Date.now())
    opened = await openStand(world())
  })
  afterAll(async () => {
    for (const receiver of receivers) receiver.close()
    await opened?.close()
  })

  const senders = () => ({
    mail: async () => undefined,
    backChannelLogout: (sessions: readonly SessionId[]) => stand().door.deliverLogout(sessions),
  })

  test('every relying party of the session hears of its end, in the words of its own ID Token', async () => {
    const first = await newReceiver()
    const second = await newReceiver()
    const uninvolved = await newReceiver()
    const one = await newParty(stand(), { backChannelLogoutUri: `${first.url}/out` })
    const two = await newParty(stand(), { backChannelLogoutUri: `${second.url}/out`, idTokenAlgorithm: 'ES256' })
    await newParty(stand(), { backChannelLogoutUri: `${uninvolved.url}/out` })
    const person = await signIn(stand(), world())
    const tokens = await authorize(one, person.browser)
    await authorize(one, person.browser)
    const other = await authorize(two, person.browser)
    await signOutAt(stand(), person)
    expect(await deliver(stand().ctx, senders())).toMatchObject({ sent: 1, failed: 0 })
    expect([first.tokens.length, second.tokens.length, uninvolved.tokens.length]).toEqual([1, 1, 0])
    const keys = createRemoteJWKSet(new URL(`${stand().url}/oidc/jwks`))
    const { payload, protectedHeader } = await jwtVerify(first.tokens[0] ?? '', keys, {
      issuer: stand().url,
      audience: one.clientId,
      typ: 'logout+jwt',
    })
    expect(protectedHeader.alg).toBe('RS256')
    expect(payload).toMatchObject({
      sub: person.user,
      sid: tokens.claims()?.['sid'],
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    })
    expect(payload.jti).toMatch(/./)
    expect(payload).not.toHaveProperty('nonce')
    const heard = await jwtVerify(second.tokens[0] ?? '', keys, { audience: two.clientId })
    expect(heard.protectedHeader.alg).toBe('ES256')
    expect(heard.payload['sid']).toBe(other.claims()?.['sid'])
    expect(heard.payload['sid']).not.toBe(payload['sid'])
  })

  test('nobody hears of a session that a relying party only asked for in vain', async () => {
    const receiver = await newReceiver()
    const party = await newParty(stand(), { backChannelLogoutUri: `${receiver.url}/out` })
    const person = await signIn(stand(), world())
    await expect(
      authorize(party, person.browser, { prompt: 'none', max_age: '600', acr_values: 'urn:latchkey:acr:two-factors' }),
    ).rejects.toThrow()
    await signOutAt(stand(), person)
    expect(await deliver(stand().ctx, senders())).toMatchObject({ sent: 1 })
    expect(receiver.tokens).toEqual([])
  })

  test('who is registered under the name of one that was removed hears nothing of its people', async () => {
    const [former, later] = [await newReceiver(), await newReceiver()]
    const wish = (receiver: Receiver) => ({ clientId: 'once-more', backChannelLogoutUri: `${receiver.url}/out` })
    const party = await newParty(stand(), wish(former))
    const [left, stayed] = [await signIn(stand(), world()), await signIn(stand(), world())]
    for (const { browser } of [left, stayed]) await authorize(party, browser)
    world().pass(1)
    expect(await removeRelyingParty(world(), BROWSER, 'once-more')).toEqual({ outcome: 'removed' })
    const again = await newParty(stand(), wish(later))
    await authorize(again, stayed.browser)
    for (const person of [left, stayed]) await signOutAt(stand(), person)
    expect(await deliver(stand().ctx, senders())).toMatchObject({ failed: 0 })
    const heard = later.tokens.map((token) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).sub)
    expect([heard, former.tokens]).toEqual([[stayed.user], []])
  })

  test('one that is down keeps no other from hearing, and is told later', async () => {
    const up = await newReceiver()
    const down = await newReceiver()
    down.answer = (_, response) => response.writeHead(503).end()
    const one = await newParty(stand(), { backChannelLogoutUri: `${up.url}/out` })
    const two = await newParty(stand(), { backChannelLogoutUri: `${down.url}/out` })
    const person = await signIn(stand(), world())
    await authorize(one, person.browser)
    await authorize(two, person.browser)
    await signOutAt(stand(), person)
    expect(await deliver(stand().ctx, senders())).toMatchObject({ sent: 0, retried: 1 })
    expect(up.tokens.length).toBe(1)
    down.answer = (_, response) => response.writeHead(204).end()
    world().pass(3_600_000)
    expect(await deliver(stand().ctx, senders())).toMatchObject({ sent: 1 })
    expect(down.tokens.length).toBe(2)
    world().setTime(Date.now())
  })

  test('no redirect is followed, and nobody is waited for', async () => {
    const inner = await newReceiver()
    const outer = await newReceiver()
    outer.answer = (_, response) => response.writeHead(307, { location: `${inner.url}/secret` }).end()
    const slow = await newReceiver()
    slow.answer = () => undefined
    const person = await signIn(stand(), world())
    for (const receiver of [outer, slow])
      await authorize(await newParty(stand(), { backChannelLogoutUri: `${receiver.url}/out` }), person.browser)
    const from = Date.now()
    await expect(stand().door.deliverLogout([person.session])).rejects.toBeInstanceOf(LogoutUndelivered)
    expect(Date.now() - from).toBeLessThan(4000)
    expect(outer.tokens.length).toBe(1)
    expect(inner.tokens).toEqual([])
  })

  test('a person who is suspended is signed out everywhere', async () => {
    const receiver = await newReceiver()
    const party = await newParty(stand(), { backChannelLogoutUri: `${receiver.url}/out` })
    const person = await signIn(stand(), world())
    await authorize(party, person.browser)
    expect(await suspendUser(stand().ctx, BROWSER, person.user)).toEqual({ outcome: 'suspended' })
    await deliver(stand().ctx, senders())
    expect(receiver.tokens.length).toBe(1)
  })
})
