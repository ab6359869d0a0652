import { expect, test } from 'vitest'
import { onBothEngines } from '../../../test/world.ts'
import { AFTER_LOGOUT, authorize, errorOf, newParty, type Person, signIn, standOf } from './test/stand.ts'

onBothEngines('signing out at the wish of a relying party', (world) => {
  const stand = standOf(world)

  const address = (parameters: Record<string, string>) => `/oidc/sign-out?${new URLSearchParams(parameters)}`
  const isOver = async ({ session }: Person) =>
    (await world().db.read.selectFrom('sessions').select('ended_at').where('id', '=', session).executeTakeFirstOrThrow()).ended_at !== null

  test('with an ID Token of this session: out and on at once, by redirects alone', async () => {
    const party = await newParty(stand(), { backChannelLogoutUri: `${stand().url}/nobody` })
    const person = await signIn(stand(), world())
    const { id_token: hint = '' } = await authorize(party, person.browser)
    const stop = await person.browser.open(address({ id_token_hint: hint, post_logout_redirect_uri: AFTER_LOGOUT, state: 'a b&c' }))
    expect(stop.trail).toEqual([`${AFTER_LOGOUT}?state=a+b%26c`])
    expect(await isOver(person)).toBe(true)
    expect(person.browser.cookies.has('latchkey_session')).toBe(false)
    expect(await errorOf(party, person.browser, { prompt: 'none' })).toBe('login_required')
    // Once more: there is nothing to end, and the way back is the same.
    expect((await person.browser.open(address({ id_token_hint: hint, post_logout_redirect_uri: AFTER_LOGOUT }))).trail).toEqual([
      AFTER_LOGOUT,
    ])
    const messages = await world().db.read.selectFrom('outbox').select('kind').where('user_id', '=', person.user).execute()
    expect(messages).toEqual([{ kind: 'back-channel-logout' }])
  })

  test('posted from elsewhere it comes to the same', async () => {
    const party = await newParty(stand())
    const person = await signIn(stand(), world())
    const { id_token: hint = '' } = await authorize(party, person.browser)
    const body = new URLSearchParams({ id_token_hint: hint, post_logout_redirect_uri: AFTER_LOGOUT })
    const stop = await person.browser.open('/oidc/sign-out', { method: 'POST', body, headers: { origin: 'https://app.example.test' } })
    expect(stop.url.href).toBe(AFTER_LOGOUT)
    expect(await isOver(person)).toBe(true)
  })

  test('everything else asks the person, ends nothing by itself and leads nowhere else', async () => {
    const party = await newParty(stand(), { backChannelLogoutUri: `${stand().url}/nobody` })
    const other = await newParty(stand())
    const person = await signIn(stand(), world())
    const { id_token: own = '' } = await authorize(party, person.browser)
    const stranger = await signIn(stand(), world())
    const { id_token: foreign = '' } = await authorize(party, stranger.browser)
    const earlier = await signIn(stand(), world(), {}, person.user)
    const { id_token: former = '' } = await authorize(party, earlier.browser)
    const [head, body, signature] = own.split('.')
    const none = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url')
    const to = { post_logout_redirect_uri: AFTER_LOGOUT }
    const asked: Record<string, string>[] = [
      {},
      to,
      { ...to, client_id: party.clientId },
      { ...to, id_token_hint: foreign },
      { ...to, id_token_hint: former },
      { ...to, id_token_hint: `${head}.${body}.${signature?.split('').reverse().join('')}` },
      { ...to, id_token_hint: `${none}.${body}.` },
      { ...to, id_token_hint: 'nonsense' },
      { ...to, id_token_hint: own, client_id: other.clientId },
      { id_token_hint: own, post_logout_redirect_uri: 'https://evil.example/' },
      { id_token_hint: own, post_logout_redirect_uri: `${AFTER_LOGOUT}?more` },
      { id_token_hint: own, post_logout_redirect_uri: '//evil.example' },
    ]
    for (const parameters of asked) {
      const stop = await person.browser.open(address(parameters))
      expect([stop.trail, stop.status], JSON.stringify(parameters)).toEqual([[], 200])
      expect(stop.text).toContain('<h1>Sign out</h1>')
      expect(stop.text).not.toMatch(/evil|example\.test\/bye/)
      expect(await isOver(person)).toBe(false)
    }
  })

  test('the button signs out; no other page can press it', async () => {
    const person = await signIn(stand(), world())
    const page = await person.browser.open('/oidc/sign-out')
    expect(page.text).toMatch(/<form[^>]* method="post" action="\/oidc\/sign-out\/confirm"/)
    expect(page.text).toMatch(/<button[^>]*>Sign out<\/button>/)
    const press = (headers: Record<string, string>) =>
      person.browser.open('/oidc/sign-out/confirm', { method: 'POST', body: new URLSearchParams(), headers })
    for (const headers of [{}, { origin: 'null' }, { origin: 'https://evil.example' }]) {
      expect((await press(headers)).status).toBe(403)
      expect(await isOver(person)).toBe(false)
    }
    const done = await press({ origin: stand().url })
    expect(done.trail).toEqual([`${stand().url}/oidc/sign-out/done`])
    expect(done.text).toContain('<h1>You are signed out</h1>')
    expect(await isOver(person)).toBe(true)
  })
})
