import { createHmac, createPublicKey } from 'node:crypto'
import { createServer, request as httpRequest } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { onBothEngines } from '../../../test/world.ts'
import { authorize, CALLBACK, errorOf, newParty, openStand, redeem, requestOf, type Stand, signIn } from './test/stand.ts'

const PUBLIC = 'https://id.example.test'

onBothEngines('requests', (world) => {
  let opened: Stand | undefined
  let named: Stand | undefined
  const there = (stand: Stand | undefined): Stand => {
    if (stand === undefined) throw new Error('the stand is there inside tests only')
    return stand
  }
  const stand = () => there(opened)
  const publicStand = () => there(named)
  beforeAll(async () => {
    world().setTime(Date.now())
    opened = await openStand(world())
    named = await openStand(world(), PUBLIC)
  })
  afterAll(async () => {
    await opened?.close()
    await named?.close()
  })

  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

  test('discovery offers what is there and nothing more', async () => {
    const found = await (await fetch(`${stand().at}/.well-known/openid-configuration`)).json()
    expect(found).toMatchObject({
      issuer: stand().url,
      authorization_endpoint: `${stand().url}/oidc/authorize`,
      end_session_endpoint: `${stand().url}/oidc/sign-out`,
      response_types_supported: ['code'],
      response_modes_supported: ['query', 'form_post'],
      code_challenge_methods_supported: ['S256'],
      acr_values_supported: ['urn:latchkey:acr:one-factor', 'urn:latchkey:acr:two-factors'],
      authorization_response_iss_parameter_supported: true,
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
      scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
      request_uri_parameter_supported: false,
    })
    expect([...found.id_token_signing_alg_values_supported].sort()).toEqual(['ES256', 'RS256'])
    for (const absent of ['introspection_endpoint', 'registration_endpoint', 'device_authorization_endpoint'])
      expect(found).not.toHaveProperty(absent)
    expect(JSON.stringify(found)).not.toMatch(/none"?,"HS|HS256|fragment/)
  })

  test('forged headers and targets change no address', async () => {
    const host = {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'http',
      forwarded: 'host=evil.example;proto=http',
    }
    const text = await raw(publicStand().at, '/.well-known/openid-configuration', host)
    expect(text).toContain(`"authorization_endpoint":"${PUBLIC}/oidc/authorize"`)
    expect(text).not.toContain('evil')
    // Whatever the rest of the house makes of such a target: the door itself believes none of it.
    const bare = createServer((request, response) => void publicStand().door.handle(request, response))
    await new Promise<void>((done) => bare.listen(0, '127.0.0.1', done))
    const at = `http://127.0.0.1:${(bare.address() as AddressInfo).port}`
    for (const target of ['http://evil.example/.well-known/openid-configuration', '//evil.example/.well-known/openid-configuration']) {
      const answer = await ask(at, `GET ${target} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`)
      expect(answer).toContain(' 400 ')
      expect(answer).not.toContain('evil')
    }
    bare.close()
  })

  test('behind https the cookies are bound to it, to this host and to scripts of nobody', async () => {
    const party = await newParty(publicStand())
    const browser = publicStand().newBrowser()
    const away = await browser.open((await requestOf(party)).url)
    expect(away.url.href).toMatch(/^https:\/\/id\.example\.test\/sign-in\//)
    const interaction = browser.cookies.get('__Secure-latchkey_oidc_interaction')
    expect(interaction?.line).toMatch(/; path=\/oidc\/interaction\/[\w-]+;.*samesite=lax; secure; httponly/i)
    const { browser: known } = await signIn(publicStand(), world())
    const request = await requestOf(party)
    expect((await redeem(party, request, (await known.open(request.url)).url)).claims()?.iss).toBe(PUBLIC)
    const session = known.cookies.get('__Host-latchkey_oidc')
    expect(session?.line).toMatch(/; path=\/; samesite=lax; secure; httponly/i)
    expect(session?.line).not.toMatch(/domain=/i)
  })

  test('a session of the library without ours is nobody, and so is a signature that is not ours', async () => {
    const party = await newParty(stand())
    const { browser } = await signIn(stand(), world())
    await authorize(party, browser)
    const thief = stand().newBrowser()
    for (const [name, cookie] of browser.cookies) if (name.startsWith('latchkey_oidc')) thief.cookies.set(name, cookie)
    expect(thief.cookies.size).toBeGreaterThan(0)
    expect(await errorOf(party, thief, { prompt: 'none' })).toBe('login_required')
  })

  test('request objects are not read: unsigned, signed with what is public, pointing elsewhere, or zipped', async () => {
    const party = await newParty(stand())
    const { browser } = await signIn(stand(), world())
    const { keys } = await (await fetch(`${stand().at}/oidc/jwks`)).json()
    const pem = createPublicKey({ key: keys.find(({ kty }: { kty: string }) => kty === 'RSA'), format: 'jwk' }).export({
      type: 'spki',
      format: 'pem',
    })
    const body = encode({ iss: party.clientId, aud: stand().url, redirect_uri: 'https://evil.example/' })
    const confused = `${encode({ alg: 'HS256', typ: 'JWT' })}.${body}`
    const objects = [
      `${encode({ alg: 'none' })}.${body}.`,
      `${confused}.${createHmac('sha256', pem).update(confused).digest('base64url')}`,
      `${encode({ alg: 'RS256', jku: 'https://evil.example/jwks', x5u: 'https://evil.example/', jwk: keys[0], kid: '../../../etc/passwd' })}.${body}.AAAA`,
      `${encode({ alg: 'dir', enc: 'A256GCM', zip: 'DEF' })}..AAAA.${'A'.repeat(50_000)}.AAAA`,
    ]
    for (const request of objects) {
      const stop = await browser.open((await requestOf(party, { request: request.slice(0, 8000) })).url)
      expect(stop.url.searchParams.get('error')).toBe('request_not_supported')
      expect(stop.url.href.startsWith(CALLBACK)).toBe(true)
    }
    expect(await errorOf(party, browser, { request_uri: 'https://evil.example/object' })).toBe('request_uri_not_supported')
  })

  test('a client cannot name itself with a token that nobody signed', async () => {
    const key = {
      kty: 'EC' as const,
      crv: 'P-256',
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
    }
    const party = await newParty(stand(), { authentication: { method: 'private_key_jwt', keys: [key] } })
    const claims = encode({ iss: party.clientId, sub: party.clientId, aud: stand().url, jti: 'a', exp: Math.floor(Date.now() / 1000) + 60 })
    for (const alg of ['none', 'HS256', 'ES256']) {
      const signed = `${encode({ alg })}.${claims}`
      const signature = alg === 'HS256' ? createHmac('sha256', JSON.stringify(key)).update(signed).digest('base64url') : 'AAAA'
      const response = await fetch(`${stand().at}/oidc/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'authorization_code',
          code: 'x',
          redirect_uri: CALLBACK,
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: `${signed}.${alg === 'none' ? '' : signature}`,
        }),
      })
      expect([response.status, (await response.json()).error]).toEqual([401, 'invalid_client'])
    }
  })

  test('other response types and modes are refused, and a code never stands in a fragment', async () => {
    const party = await newParty(stand())
    const { browser } = await signIn(stand(), world())
    for (const response_type of ['token', 'id_token', 'code id_token', 'none']) {
      const { url } = await browser.open((await requestOf(party, { response_type })).url)
      expect(url.href).toMatch(/error=(unsupported_response_type|invalid_request)/)
      expect(url.href).not.toMatch(/(id_token|access_token|[?#&]code)=/)
    }
    const { url } = await browser.open((await requestOf(party, { response_mode: 'fragment' })).url)
    expect(url.href).toContain('error=invalid_request')
    expect(url.href).not.toContain('code=')
  })

  test('an address that is not registered is never redirected to', async () => {
    const party = await newParty(stand())
    const { browser } = await signIn(stand(), world())
    const forged = [
      'https://evil.example/',
      `${CALLBACK}/../evil`,
      `${CALLBACK}?x=1`,
      'https://app.example.test@evil.example/callback',
      'javascript:alert(1)',
      `${CALLBACK}#x`,
    ]
    for (const redirect_uri of forged) {
      const stop = await browser.open((await requestOf(party, { redirect_uri })).url)
      expect([stop.url.origin, stop.status]).toEqual([stand().url, 400])
      expect(stop.text).toContain('<h1>That sign-in cannot be answered</h1>')
      expect(stop.text).toContain('invalid_redirect_uri')
      expect(stop.text).not.toMatch(/evil|node_modules|at Object/)
      expect(stop.headers.get('content-security-policy')).toContain("default-src 'none'")
    }
    const unknown = await browser.open((await requestOf(party, { client_id: 'nobody' })).url)
    expect(unknown.status).toBe(400)
  })

  test('form_post: the page may post to that client and do nothing else', async () => {
    const party = await newParty(stand())
    const { browser } = await signIn(stand(), world())
    const stop = await browser.open((await requestOf(party, { response_mode: 'form_post', state: '"><script>alert(1)</script>' })).url)
    expect(stop.status).toBe(200)
    expect(stop.text).toContain(`action="${CALLBACK}"`)
    expect(stop.text).toMatch(/name="code" value="[\w-]+"/)
    expect(stop.text).not.toContain('<script>alert')
    const policy = stop.headers.get('content-security-policy') ?? ''
    expect(policy).toContain('form-action https://app.example.test;')
    expect(policy).toMatch(/script-src 'self' 'sha256-[\w+/=]+'/)
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toMatch(/unsafe|\*/)
  })

  test('a request may be posted, and pushed once', async () => {
    const party = await newParty(stand())
    const { browser } = await signIn(stand(), world())
    const request = await requestOf(party)
    const posted = await browser.open('/oidc/authorize', { method: 'POST', body: request.url.searchParams })
    expect((await redeem(party, request, posted.url)).claims()?.aud).toBe(party.clientId)
    const pushed = await requestOf(party)
    const answer = await fetch(`${stand().at}/oidc/request`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${party.clientId}:${party.secret}`).toString('base64')}` },
      body: pushed.url.searchParams,
    })
    const { request_uri: uri } = await answer.json()
    const short = new URLSearchParams({ client_id: party.clientId, request_uri: uri })
    const back = await browser.open(`/oidc/authorize?${short}`)
    expect((await redeem(party, pushed, back.url)).claims()?.aud).toBe(party.clientId)
    expect((await browser.open(`/oidc/authorize?${short}`)).url.searchParams.get('code')).toBe(null)
  })

  test("the library's own pages are out of reach, however they are spelt", async () => {
    for (const path of [
      '/oidc/sign-out/confirm',
      '/OIDC/sign-out',
      '/oidc/Sign-Out/confirm',
      '/oidc/sign-out/',
      '/oidc/authorize/a/b',
      '/oidc/introspect',
      '/oidc/%73ign-out',
    ]) {
      expect(stand().door.handles(path, 'POST')).toBe(false)
      expect(stand().door.handles(path, 'GET')).toBe(false)
    }
  })

  test('a failure is answered without its details, and the door stays open', async () => {
    let failing = false
    const reader = new Proxy(world().db.read, {
      get: (target, name) => {
        if (name === 'selectFrom' && failing) throw new Error('canary-failure')
        const member: unknown = Reflect.get(target, name)
        return typeof member === 'function' ? member.bind(target) : member
      },
    })
    const stand = await openStand({ ...world(), db: { ...world().db, read: reader } })
    failing = true
    world().pass(1000)
    const response = await fetch(`${stand.at}/oidc/authorize?client_id=app`, { headers: { accept: 'text/html' } })
    expect(response.status).toBe(500)
    expect(await response.text()).not.toMatch(/canary|node_modules/)
    failing = false
    expect((await fetch(`${stand.at}/.well-known/openid-configuration`)).status).toBe(200)
    await stand.close()
  })

  /** Asks with headers that `fetch` does not let anybody set. */
  function raw(at: string, path: string, headers: Record<string, string>): Promise<string> {
    return new Promise((done, failed) => {
      const asking = httpRequest(new URL(path, at), { headers }, (response) => {
        let text = JSON.stringify(response.headers)
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part
        })
        response.on('end', () => done(text))
      })
      asking.on('error', failed).end()
    })
  }

  function ask(at: string, lines: string): Promise<string> {
    const { hostname, port } = new URL(at)
    return new Promise((done, failed) => {
      const socket = connect(Number(port), hostname, () => socket.write(lines))
      let text = ''
      socket.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      socket.on('end', () => done(text)).on('error', failed)
    })
  }
})
