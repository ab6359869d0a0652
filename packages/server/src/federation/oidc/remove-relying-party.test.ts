import { expect, test } from 'vitest'
import { BROWSER, onBothEngines } from '../../../test/world.ts'
import { listRelyingParties } from './list-relying-parties.ts'
import { removeRelyingParty } from './remove-relying-party.ts'
import { PORTAL } from './rules.ts'
import { authorize, CALLBACK, newParty, type Party, postToken, signIn, standOf } from './test/stand.ts'

onBothEngines('removing a relying party', (world) => {
  const stand = standOf(world)

  const opens = (access_token: string) =>
    fetch(`${stand().at}/oidc/userinfo`, { headers: { authorization: `Bearer ${access_token}` } }).then(({ status }) => status)
  const refresh = (party: Party, token: string | undefined) =>
    postToken(stand(), party, { grant_type: 'refresh_token', refresh_token: token ?? '' })

  test('what it was given is worth nothing, nor to whoever has its name later; others keep theirs', async () => {
    const wish = { clientId: 'left', refreshTokens: true }
    const [party, other] = [await newParty(stand(), wish), await newParty(stand())]
    const { browser } = await signIn(stand(), world())
    const given = await authorize(party, browser, { scope: 'openid offline_access', prompt: 'consent' })
    const others = await authorize(other, browser)
    expect(await opens(given.access_token)).toBe(200)
    expect(await removeRelyingParty(world(), BROWSER, 'left')).toEqual({ outcome: 'removed' })
    expect(await opens(given.access_token)).toBe(401)
    expect((await refresh(party, given.refresh_token)).body['error']).toBe('invalid_client')
    expect(await removeRelyingParty(world(), BROWSER, 'left')).toEqual({ outcome: 'no-such-relying-party' })

    const later = await newParty(stand(), wish)
    expect(await opens(given.access_token)).toBe(401)
    expect((await refresh(later, given.refresh_token)).body['error']).toBe('invalid_grant')
    expect(await opens((await authorize(later, browser)).access_token)).toBe(200)
    expect(await opens(others.access_token)).toBe(200)
  })

  test('the list says what each is registered with, and no secret', async () => {
    const { secret } = await newParty(stand(), { clientId: 'listed', freshnessMs: 60_000 })
    const listed = await listRelyingParties(world())
    expect(listed.find(({ clientId }) => clientId === 'listed')).toMatchObject({
      name: 'An application',
      redirectUris: [CALLBACK],
      authentication: 'client_secret_basic',
      backChannelLogoutUri: undefined,
      requiredAcr: undefined,
      freshnessMs: 60_000,
    })
    expect(JSON.stringify(listed)).not.toContain(secret)
  })

  test('the portal stays', async () => {
    expect(await removeRelyingParty(world(), BROWSER, PORTAL)).toEqual({ outcome: 'is-portal' })
  })
})
