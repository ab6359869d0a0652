import { Writable } from 'node:stream'
import fc from 'fast-check'
import pino from 'pino'
import { expect, test } from 'vitest'
import { type Ask, ask, CHECK, FORM, failuresOf, makeKey, makeNamedKey, openSite, STEP } from '../../../test/check-site.ts'
import { makeToken, showCode, wrongCode } from '../../../test/device.ts'
import { BROWSER, makePerson, onBothEngines, type World } from '../../../test/world.ts'
import { endApiKey } from '../../api-keys/end-api-key.ts'

onBothEngines('check, asked otherwise than it should be', (world) => {
  test('no key, an unknown one, a revoked one and two of them look alike, and nothing is judged', async () => {
    const { device } = await makeToken(world(), await makePerson(world(), 'peggy'))
    const made = await makeNamedKey(world())
    await endApiKey(world(), BROWSER, made.id)
    const key = await makeKey(world())
    const fields = { user: 'peggy', pass: showCode(device, world().now()) }
    const unknown = `lk_${'A'.repeat(43)}`
    const headers: Record<string, string>[] = [
      {},
      { 'x-api-key': unknown },
      { 'x-api-key': made.secret },
      { 'x-api-key': '' },
      { 'x-api-key': key, authorization: `Bearer ${unknown}` },
      { authorization: `Basic ${key}` },
      { authorization: `Bearer ${key} ${key}` },
      { 'pi-authorization': 'eyJhbGciOiJIUzI1NiJ9.e30.x' },
      { cookie: `x-api-key=${key}` },
    ]
    for (const path of [CHECK, '/validate/radiuscheck', '/validate/triggerchallenge', '/validate/polltransaction'])
      for (const sent of headers) {
        const { status, body, headers: got } = await ask(openSite(world()), { path, fields, headers: sent, from: '127.0.0.1' })
        expect(status, JSON.stringify(sent)).toBe(401)
        expect(body).toMatchObject({
          id: 1,
          result: { status: false, error: { code: 4033, message: expect.stringMatching(/^ERR4033: /) } },
        })
        expect(body.result).not.toHaveProperty('value')
        expect(got.get('www-authenticate')).toBe('Bearer realm="latchkey"')
      }
    for (const sent of [
      { 'x-api-key': key },
      { authorization: `Bearer ${key}` },
      { authorization: key },
      { 'pi-authorization': key },
      { 'pi-authorization': key, 'x-api-key': key, authorization: 'Basic eDp5' },
    ]) {
      const answer = await ask(openSite(world()), { fields: { ...fields, pass: showCode(device, world().now()) }, headers: sent })
      expect(answer.body.result.value, Object.keys(sent).join()).toBe(true)
      world().pass(STEP)
    }
  })

  test('what is missing or comes twice is an error of the parameter, and nothing is counted', async () => {
    const key = await makeKey(world())
    const user = await makePerson(world(), 'heidi')
    const { device } = await makeToken(world(), user)
    const pass = wrongCode(device, world().now())
    const file = new FormData()
    file.append('user', 'heidi')
    file.append('pass', new Blob([pass]), 'pass.txt')
    const twice = new FormData()
    for (const value of [pass, pass]) twice.append('pass', value)
    const json = (value: unknown): Ask => ({ raw: JSON.stringify(value), type: 'application/json' })
    const asked: Ask[] = [
      {},
      { fields: { user: 'heidi' } },
      { fields: { pass } },
      { fields: { user: '', pass } },
      { fields: { user: 'heidi', serial: '0000000000', pass } },
      { raw: `user=heidi&user=heidi&pass=${pass}` },
      { raw: `user=heidi&pass=${pass}&pass=${pass}` },
      { raw: `user[]=heidi&pass=${pass}` },
      { raw: file },
      { raw: twice },
      { raw: `user=heidi&pass=${pass}`, type: '' },
      { raw: `user=heidi&pass=${pass}`, type: 'text/plain' },
      { raw: `user=heidi&pass=${pass}`, type: 'multipart/form-data' },
      { raw: `user=heidi&pass=${pass}`, type: 'multipart/form-data; boundary=x' },
      { raw: `user=heidi&pass=${pass}`, type: 'application/json' },
      { fields: { user: 'heidi', pass }, path: `${CHECK}?pass=${pass}` },
      { fields: { user: 'heidi', pass }, path: `${CHECK}?` },
      json(null),
      json([]),
      json('heidi'),
      json({ user: 'heidi', pass: Number(pass) }),
      json({ user: 'heidi', pass: [pass] }),
      json({ user: { $ne: '' }, pass }),
      json({ user: 'heidi', pass: null }),
      json({ user: 'heidi', pass, nonce: 5 }),
    ]
    for (const [n, one] of asked.entries()) {
      const { status, body } = await ask(openSite(world()), { ...one, key })
      expect(status, `${n} ${JSON.stringify(body)}`).toBe(400)
      expect(body).toMatchObject({ id: 1, result: { status: false, error: { code: 905, message: expect.stringMatching(/^ERR905: /) } } })
      expect(JSON.stringify(body)).not.toContain(pass)
    }
    expect(await failuresOf(world(), user)).toBe(0)
  })

  test('nothing that is sent makes it fail', async () => {
    const key = await makeKey(world())
    const site = openSite(world())
    const paths = [
      CHECK,
      '/validate/radiuscheck',
      '/validate/triggerchallenge',
      '/validate/polltransaction',
      '/validate/polltransaction/%zz',
    ]
    const types = [
      FORM,
      'application/json',
      'multipart/form-data; boundary=x',
      'multipart/form-data; boundary=',
      'application/json;',
      ';',
      '*/*',
    ]
    const bodies = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => new Uint8Array(bytes)),
      fc.string({ unit: 'binary' }).map((text) => new TextEncoder().encode(`user=${text}&pass=${text}`)),
      fc.json().map((text) => new TextEncoder().encode(text)),
      fc.string().map((text) => new TextEncoder().encode(`--x\r\ncontent-disposition: form-data; name="user"\r\n\r\n${text}\r\n--x--`)),
    )
    const agents = fc.constantFrom('FreeRADIUS', 'privacyIDEA-Keycloak/1', 'simplesamlphp', '')
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), fc.constantFrom(...types), bodies, agents, async (path, type, raw, agent) => {
        const { status } = await ask(site, { path, type, raw, key, headers: { 'user-agent': agent } })
        expect([200, 400]).toContain(status)
      }),
      { numRuns: 300 },
    )
    const large = await ask(site, { fields: { user: 'x'.repeat(9_000), pass: '1' }, key })
    expect([large.status, large.body.result.error.code]).toEqual([413, -413])
  })

  test('a code in an address is refused as long as nobody has allowed it, and is not judged', async () => {
    const key = await makeKey(world())
    const { device } = await makeToken(world(), await makePerson(world(), 'grace'))
    const pass = showCode(device, world().now())
    for (const path of [CHECK, '/validate/radiuscheck', '/validate/triggerchallenge'])
      for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
        const answer = await ask(openSite(world()), { path: `${path}?user=grace&pass=${pass}`, method, key })
        expect([answer.status, answer.headers.get('allow')], `${method} ${path}`).toEqual([405, 'POST'])
        if (method !== 'HEAD') expect(answer.body.result).toMatchObject({ status: false, error: { code: 4307 } })
      }
    expect((await ask(openSite(world()), { fields: { user: 'grace', pass }, key })).body.result.value).toBe(true)
    world().pass(STEP)
  })

  test('no challenge is triggered, for anybody; no transaction is known', async () => {
    const key = await makeKey(world())
    await makeToken(world(), await makePerson(world(), 'oscar'))
    const site = openSite(world())
    const seen = new Set<string>()
    for (const user of ['oscar', 'nobody-of-that-name']) {
      const { status, body } = await ask(site, { path: '/validate/triggerchallenge', fields: { user }, key })
      expect(status).toBe(200)
      expect(body.result).toEqual({ status: true, value: 0, authentication: 'REJECT' })
      expect(body.detail).toMatchObject({ messages: [], transaction_ids: [], multi_challenge: [] })
      seen.add(JSON.stringify({ ...body, detail: { ...body.detail, threadid: '' } }))
    }
    expect(seen.size).toBe(1)
    for (const asked of [
      { path: '/validate/polltransaction/01234567890123456789', method: 'GET' },
      { path: '/validate/polltransaction?transaction_id=01234567890123456789', method: 'GET' },
      { path: '/validate/polltransaction', fields: { transaction_id: '01234567890123456789' } },
    ]) {
      const { status, body } = await ask(site, { ...asked, key })
      expect([status, body.result]).toEqual([200, { status: true, value: false, authentication: 'REJECT' }])
    }
    expect((await ask(site, { path: '/validate/polltransaction', method: 'GET', key })).body.result.error.code).toBe(905)
  })

  test('what is not offered says so in the envelope', async () => {
    const key = await makeKey(world())
    for (const path of [
      '/auth',
      '/token/init',
      '/token/',
      '/validate/initialize',
      '/validate/offlinerefill',
      '/validate/samlcheck',
      '/validate/',
    ])
      for (const method of ['GET', 'POST']) {
        const { status, body, headers } = await ask(openSite(world()), { path, method, fields: { username: 'x', password: 'y' }, key })
        expect(headers.get('cache-control')).toBe('no-store')
        expect(headers.get('x-content-type-options')).toBe('nosniff')
        expect([status, body.result], `${method} ${path}`).toEqual([
          404,
          { status: false, error: { code: 601, message: expect.stringMatching(/^ERR601: /) } },
        ])
      }
  })

  test('no code and no key in the log, whatever goes wrong', async () => {
    const lines: string[] = []
    const stream = new Writable({
      write: (chunk, _encoding, done) => {
        lines.push(String(chunk))
        done()
      },
    })
    const key = await makeKey(world())
    const failing: World = {
      ...world(),
      log: pino({ level: 'trace' }, stream),
      config: { ...world().config, check: { get: true, addresses: [] } },
      db: { ...world().db, read: world().db.read, transaction: () => Promise.reject(new Error('the disk is full')) },
    }
    const fields = { user: 'alice', pass: '918273' }
    for (const one of [{ fields }, { method: 'GET', path: `${CHECK}?user=alice&pass=918273` }]) {
      const answer = await ask(openSite(failing), { ...one, key })
      expect([answer.status, answer.body.result.error.code]).toEqual([500, -500])
      expect(answer.text).not.toContain('disk')
    }
    await ask(openSite(failing), { raw: 'pass=918273&pass=918273', key })
    await ask(openSite(failing), { raw: '{"pass":"918273"', type: 'application/json', key })
    expect(lines.join('')).toContain('the disk is full')
    for (const secret of ['918273', key]) expect(lines.join('')).not.toContain(secret)
  })
})
