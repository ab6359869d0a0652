import { Writable } from 'node:stream'
import fc from 'fast-check'
import { Hono } from 'hono'
import pino from 'pino'
import { describe, expect, test } from 'vitest'
import { type Device, makeToken, showCode, wrongCode } from '../../../test/device.ts'
import { BROWSER, makePerson, onBothEngines, type World } from '../../../test/world.ts'
import { endApiKey } from '../../api-keys/end-api-key.ts'
import { makeApiKey } from '../../api-keys/make-api-key.ts'
import { type Env, withFacts } from '../../http/request.ts'
import type { UserId } from '../../ids.ts'
import { disableToken } from '../../tokens/disable-token.ts'
import { enableToken } from '../../tokens/enable-token.ts'
import { listTokens } from '../../tokens/list-tokens.ts'
import { MOST_AT_ONCE } from '../validate/rules.ts'
import { checkDoor } from './api.ts'

const STEP = 30_000
const CHECK = '/validate/check'
const FORM = 'application/x-www-form-urlencoded'

type Fields = Readonly<Record<string, string>>
type Ask = {
  path?: string
  method?: string
  fields?: Fields
  raw?: string | Uint8Array<ArrayBuffer> | FormData
  type?: string
  key?: string | undefined
  headers?: Record<string, string>
  from?: string
}
type Site = Hono<Env>
/** The door as the map has it: behind nothing but the facts. */
const openSite = (world: World): Site => new Hono<Env>().use(withFacts(world)).route('/', checkDoor(world))

async function ask(site: Site, { path = CHECK, method = 'POST', fields = {}, raw, type = FORM, key, headers = {}, from }: Ask) {
  const body = raw ?? new URLSearchParams(fields).toString()
  const typed: Record<string, string> = body instanceof FormData || type === '' ? {} : { 'content-type': type }
  const sent = { ...typed, ...(key === undefined ? {} : { 'x-api-key': key }), ...headers }
  const bodyless = method === 'GET' || method === 'HEAD'
  const env = from === undefined ? {} : { incoming: { socket: { remoteAddress: from }, headers: {} } }
  const answer = await site.request(path, { method, headers: sent, ...(bodyless ? {} : { body }) }, env)
  const text = await answer.text()
  return { status: answer.status, text, body: text.startsWith('{') ? JSON.parse(text) : undefined, headers: answer.headers }
}

async function makeNamedKey(world: World): Promise<{ id: string; secret: string }> {
  const made = await makeApiKey(world, BROWSER, 'RADIUS')
  if (made.outcome !== 'made') throw new Error(made.outcome)
  return made
}
const makeKey = async (world: World) => (await makeNamedKey(world)).secret
const failuresOf = async (world: World, user: UserId) =>
  (await world.db.read.selectFrom('code_guards').selectAll().where('user_id', '=', user).executeTakeFirstOrThrow()).door_failures
const serialOf = async (world: World, user: UserId) => (await listTokens(world, user))[0]?.serialNumber ?? ''

onBothEngines('check', (world) => {
  test('a right code is accepted once, in the envelope of the field', async () => {
    const user = await makePerson(world(), 'alice')
    const { device } = await makeToken(world(), user)
    const { id, secret: key } = await makeNamedKey(world())
    const fields = { user: 'alice', pass: showCode(device, world().now()), nonce: 'n-0S6_WzA2Mj' }
    const accepted = await ask(openSite(world()), { fields, key })
    expect(accepted.status).toBe(200)
    expect(accepted.body).toEqual({
      jsonrpc: '2.0',
      id: 2,
      time: world().now() / 1_000,
      version: expect.any(String),
      versionnumber: expect.any(String),
      nonce: 'n-0S6_WzA2Mj',
      detail: {
        threadid: accepted.headers.get('x-request-id'),
        message: expect.any(String),
        serial: await serialOf(world(), user),
        type: 'totp',
        otplen: 6,
      },
      result: { status: true, value: true, authentication: 'ACCEPT' },
    })
    expect(accepted.headers.get('cache-control')).toBe('no-store')
    const again = await ask(openSite(world()), { fields, key })
    expect(again.status).toBe(200)
    expect(again.body).toMatchObject({ id: 2, nonce: fields.nonce, result: { status: true, value: false, authentication: 'REJECT' } })
    const event = await world()
      .db.read.selectFrom('audit_events')
      .select(['door', 'actor', 'outcome'])
      .where('subject', '=', user)
      .where('action', '=', 'tokens.validate-code')
      .where('outcome', '=', 'accepted')
      .executeTakeFirstOrThrow()
    expect(event).toEqual({ door: 'validate', actor: id, outcome: 'accepted' })
    world().pass(STEP)
  })

  test('whatever encodes the values as its plugin does is understood', async () => {
    const name = "zoë+o'neil@example"
    const { device } = await makeToken(world(), await makePerson(world(), name))
    const key = await makeKey(world())
    const uri = (text: string) => encodeURI(text)
    const javaEncoded = (text: string) => new URLSearchParams({ '': text }).toString().slice(1)
    const plain = (text: string) => text
    const clients: [string, (text: string) => string][] = [
      ['FreeRADIUS', uri],
      ['privacyIDEA-Keycloak/1.8 Keycloak/26', javaEncoded],
      ['entraid-via-keycloak/1.0', javaEncoded],
      ['privacyIDEA-Shibboleth/1.0', javaEncoded],
      ['PAM/1.1.0', plain],
      ['privacyidea-cp/3.5', plain],
      ['privacyIDEA-LDAP-Proxy', plain],
      ['simplesamlphp/2.1', plain],
      ['privacyidea-nextcloud/3.0', plain],
      ['curl/8.1', plain],
      ['', plain],
    ]
    for (const [client, encode] of clients) {
      for (const encoding of ['form', 'multipart', 'json']) {
        world().pass(STEP)
        const shown = showCode(device, world().now())
        const fields = { user: name, pass: `${shown.slice(0, 3)} ${shown.slice(3)}`, realm: '', client: '192.0.2.7', resConf: 'x' }
        const values = encoding === 'json' ? fields : { ...fields, user: encode(fields.user), pass: encode(fields.pass) }
        const parts = new FormData()
        for (const [part, value] of Object.entries(values)) parts.append(part, value)
        const sent: Ask =
          encoding === 'form'
            ? { fields: values }
            : encoding === 'json'
              ? { raw: JSON.stringify(values), type: 'application/json' }
              : { raw: parts }
        const answer = await ask(openSite(world()), { ...sent, key, headers: { 'user-agent': client } })
        expect(answer, `${client} ${encoding}`).toMatchObject({ status: 200, body: { result: { value: true } } })
      }
    }
  })

  test('who is said to encode once is read once, and so is JSON', async () => {
    const { device } = await makeToken(world(), await makePerson(world(), 'trudy'))
    const key = await makeKey(world())
    const judged = async (asked: Ask) => (await ask(openSite(world()), { ...asked, key })).body.result.value
    const pass = showCode(device, world().now())
    const agent = (name: string) => ({ 'user-agent': name })
    const fields = { user: '%74rudy', pass }
    for (const name of ['privacyidea-cp/3.5', 'privacyIDEA-LDAP-Proxy', 'SimpleSAMLphp'])
      expect(await judged({ fields, headers: agent(name) }), name).toBe(false)
    expect(await judged({ raw: JSON.stringify(fields), type: 'application/json', headers: agent('FreeRADIUS') })).toBe(false)
    expect(await judged({ fields, headers: agent('FreeRADIUS') })).toBe(true)
  })

  test('every refusal has the same status, headers and body', async () => {
    const key = await makeKey(world())
    const now = () => world().now()
    const owner = await makePerson(world(), 'owner')
    const { device } = await makeToken(world(), owner)
    await makePerson(world(), 'bare')
    const suspended = await makePerson(world(), 'suspended')
    const ofSuspended = await makeToken(world(), suspended)
    await world().db.transaction((tx) => tx.updateTable('users').set({ state: 'suspended' }).where('id', '=', suspended).execute())
    const waiting = await makePerson(world(), 'waiting')
    const ofWaiting = await makeToken(world(), waiting)
    const site = openSite(world())
    for (let n = 0; n < 5; n += 1) await ask(site, { fields: { user: 'waiting', pass: wrongCode(ofWaiting.device, now()) }, key })
    const shut = await makePerson(world(), 'shut')
    const ofShut = await makeToken(world(), shut)
    await world().db.transaction((tx) => tx.updateTable('code_guards').set({ doors_shut_at: now() }).where('user_id', '=', shut).execute())
    const two = await makePerson(world(), 'two')
    const ofTwo = await makeToken(world(), two)
    await makeToken(world(), two, 'Second')
    const right = showCode(device, now())
    const shown = (other: { device: Device }) => showCode(other.device, now())
    const asked: Fields[] = [
      { user: 'nobody-of-that-name', pass: right },
      { user: '\u202e', pass: right },
      { user: 'x'.repeat(3_000), pass: right },
      { user: 'bare', pass: right },
      { user: 'suspended', pass: shown(ofSuspended) },
      { user: 'waiting', pass: shown(ofWaiting) },
      { user: 'shut', pass: shown(ofShut) },
      { user: 'owner', pass: wrongCode(device, now()) },
      { user: 'owner', pass: right, realm: 'elsewhere' },
      { user: 'owner', pass: right, type: 'push' },
      { user: 'owner', pass: right, transaction_id: '01234567890123456789' },
      { user: 'owner', pass: right, state: '01234567890123456789' },
      { user: 'owner', pass: '' },
      { user: 'nobody-of-that-name', pass: '' },
      { user: 'owner', pass: '１２３４５６' },
      { user: 'owner', pass: '1e5' },
      { user: 'owner', pass: `secret${right}` },
      { user: 'owner', pass: 'x'.repeat(3_000) },
      { serial: '0000000000', pass: right },
      { serial: 'no serial number', pass: right },
      { serial: await serialOf(world(), owner), pass: wrongCode(device, now()) },
      { serial: await serialOf(world(), owner), pass: right, realm: 'elsewhere' },
      { serial: await serialOf(world(), suspended), pass: shown(ofSuspended) },
      { serial: await serialOf(world(), two), pass: shown(ofTwo) },
    ]
    const seen = new Set<string>()
    for (const fields of asked) {
      const { status, headers, body } = await ask(site, { fields, key })
      headers.delete('x-request-id')
      const said = { ...body, time: 0, detail: { ...body.detail, threadid: '' } }
      seen.add(JSON.stringify([status, said, [...headers]]))
      const radius = await ask(site, { path: '/validate/radiuscheck', fields, key })
      expect([radius.status, radius.text], JSON.stringify(fields)).toEqual([400, ''])
    }
    expect([...seen]).toHaveLength(1)
    expect([...seen][0]).toContain('"authentication":"REJECT"')
    expect((await ask(site, { fields: { user: 'two', pass: shown(ofTwo) }, key })).body.result.value).toBe(true)
    expect((await ask(site, { fields: { serial: await serialOf(world(), owner), pass: right }, key })).body.result.value).toBe(true)
    world().pass(STEP)
  })

  test('no challenge is asked for or answered at the cost of an attempt', async () => {
    const user = await makePerson(world(), 'mallory')
    const { device } = await makeToken(world(), user)
    const key = await makeKey(world())
    const pass = showCode(device, world().now())
    for (let n = 0; n < 8; n += 1) {
      await ask(openSite(world()), { fields: { user: 'mallory', pass: '' }, key })
      await ask(openSite(world()), { fields: { user: 'mallory', pass, transaction_id: '1' }, key })
      await ask(openSite(world()), { path: '/validate/triggerchallenge', fields: { user: 'mallory' }, key })
    }
    expect(await failuresOf(world(), user)).toBe(0)
    expect((await ask(openSite(world()), { fields: { user: 'mallory', pass }, key })).body.result.value).toBe(true)
    world().pass(STEP)
  })

  test('a wrong code is counted, by whichever call and whichever name', async () => {
    const user = await makePerson(world(), 'judy')
    const { device } = await makeToken(world(), user)
    const key = await makeKey(world())
    const pass = wrongCode(device, world().now())
    const serial = await serialOf(world(), user)
    const site = openSite(world())
    for (const name of ['judy', 'JUDY', ' Judy ', 'ｊｕｄｙ']) await ask(site, { fields: { user: name, pass }, key })
    await ask(site, { path: '/validate/radiuscheck', fields: { serial: serial.replace('-', ''), pass }, key })
    expect(await failuresOf(world(), user)).toBe(5)
    expect((await ask(site, { fields: { user: 'judy', pass: showCode(device, world().now()) }, key })).body.result.value).toBe(false)
    world().pass(STEP)
    const accepted = await ask(site, { path: '/validate/radiuscheck', fields: { serial, pass: showCode(device, world().now()) }, key })
    expect([accepted.status, accepted.text]).toEqual([204, ''])
    expect(await failuresOf(world(), user)).toBe(0)
  })

  test('a code of another token, in use since the serial number was looked up, is none of this one', async () => {
    const user = await makePerson(world(), 'trent')
    await makeToken(world(), user)
    const serial = await serialOf(world(), user)
    const other = await makeToken(world(), user, 'Other')
    await disableToken(world(), BROWSER, user, other.token)
    const key = await makeKey(world())
    const inUse: World = {
      ...world(),
      db: {
        ...world().db,
        read: world().db.read,
        transaction: async (work) => {
          await enableToken(world(), BROWSER, user, other.token)
          return world().db.transaction(work)
        },
      },
    }
    const pass = showCode(other.device, world().now())
    await ask(openSite(world()), { fields: { user: 'nobody', pass }, key })
    expect((await ask(openSite(inUse), { fields: { serial, pass }, key })).body.result.value).toBe(false)
    expect((await ask(openSite(world()), { fields: { serial, pass }, key })).body.result.value).toBe(false)
    world().pass(STEP)
    const fields = { user: 'trent', pass: showCode(other.device, world().now()) }
    expect((await ask(openSite(world()), { fields, key })).body.result.value).toBe(true)
  })

  test('two hundred of the same code, released together: one is accepted', async () => {
    const key = await makeKey(world())
    const user = await makePerson(world(), 'victor')
    const { device } = await makeToken(world(), user)
    const pass = showCode(device, world().now())
    const serial = await serialOf(world(), user)
    const site = openSite(world())
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) =>
        ask(site, {
          path: n % 2 === 0 ? CHECK : '/validate/radiuscheck',
          fields: n % 3 === 0 ? { serial, pass } : { user: 'victor', pass },
          key,
        }),
      ),
    )
    expect(answers.filter(({ status, body }) => status === 204 || body?.result.value === true)).toHaveLength(1)
    expect(answers.every(({ status, body }) => [204, 400].includes(status) || body?.result.status === true)).toBe(true)
  })

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

onBothEngines(
  'check, with codes in addresses allowed',
  (world) => {
    test('a code in an address is judged by GET, and by no method that has no answer', async () => {
      const key = await makeKey(world())
      const { device } = await makeToken(world(), await makePerson(world(), 'grace@example'))
      const pass = showCode(device, world().now())
      const path = `${CHECK}?user=grace%40example&pass=${pass}`
      expect((await ask(openSite(world()), { path, method: 'HEAD', key })).status).toBe(405)
      expect((await ask(openSite(world()), { path, method: 'POST', key })).status).toBe(400)
      expect((await ask(openSite(world()), { path: `${path}&pass=${pass}`, method: 'GET', key })).body.result.error.code).toBe(905)
      expect((await ask(openSite(world()), { path: `${path}&api_key=${key}`, method: 'GET' })).status).toBe(401)
      expect((await ask(openSite(world()), { path, method: 'GET', key })).body.result.value).toBe(true)
    })
  },
  { LATCHKEY_CHECK_GET: 'yes' },
)

onBothEngines(
  'check, with open addresses',
  (world) => {
    const forged = (chain: string) => ({ 'x-forwarded-for': chain })
    describe.each([
      { from: '192.0.2.9', open: true },
      { from: '::ffff:192.0.2.9', open: true },
      { from: '198.51.100.7', open: true },
      { from: '2001:db8::5', open: true },
      { from: '203.0.113.5', open: false },
      { from: '::ffff:203.0.113.5', open: false },
      { from: '2001:db9::5', open: false },
      { from: '', open: false },
      { from: '10.0.0.1', headers: forged('192.0.2.9'), open: true },
      { from: '10.0.0.1', headers: forged('6.6.6.6, 192.0.2.9'), open: true },
      { from: '10.0.0.1', headers: forged('192.0.2.9, 203.0.113.5'), open: false },
      { from: '10.0.0.1', headers: forged('192.0.2.9, nonsense'), open: false },
      { from: '10.0.0.1', headers: {}, open: false },
      { from: '10.0.0.1', headers: forged('10.0.0.1'), open: false },
      { from: '203.0.113.5', headers: forged('192.0.2.9'), open: false },
      { from: '203.0.113.5', headers: { forwarded: 'for=192.0.2.9', 'x-real-ip': '192.0.2.9', 'client-ip': '192.0.2.9' }, open: false },
      { from: '192.0.2.9', headers: forged('192.0.2.9'), open: false },
      { from: '192.0.2.9', headers: { via: '1.1 other' }, open: false },
      { from: '192.0.2.9', headers: { origin: 'https://evil.example' }, open: false },
      { from: '192.0.2.9', headers: { origin: 'null' }, open: false },
      { from: '192.0.2.9', headers: { 'sec-fetch-site': 'cross-site' }, open: false },
      { from: '192.0.2.9', headers: { 'x-api-key': `lk_${'A'.repeat(43)}` }, open: false },
    ])('from $from with $headers', ({ from, headers = {}, open }) => {
      test(open ? 'no key is needed' : 'a key is needed', async () => {
        const fields = { user: 'nobody', pass: '123456' }
        const answer = await ask(openSite(world()), { fields, from, headers })
        expect(answer.status).toBe(open ? 200 : 401)
      })
    })

    test('a client that is named in a parameter is open to nothing, and a challenge is triggered by a key alone', async () => {
      const fields = { user: 'nobody', pass: '123456', client: '192.0.2.9' }
      expect((await ask(openSite(world()), { fields, from: '203.0.113.5' })).status).toBe(401)
      expect((await ask(openSite(world()), { path: '/validate/triggerchallenge', fields, from: '192.0.2.9' })).status).toBe(401)
    })

    test('so many of one open address at once and no more; another one has its own', async () => {
      const held: (() => void)[] = []
      const slow: World = {
        ...world(),
        db: { ...world().db, read: world().db.read, transaction: (work) => hold(() => world().db.transaction(work)) },
      }
      let open = false
      const hold = <T>(go: () => Promise<T>): Promise<T> => (open ? go() : new Promise<void>((resolve) => held.push(resolve)).then(go))
      const site = openSite(slow)
      const fields = { user: 'nobody', pass: '123456' }
      const asked = Array.from({ length: MOST_AT_ONCE + 3 }, () => ask(site, { fields, from: '192.0.2.9' }))
      const other = ask(site, { fields, from: '192.0.2.10' })
      await expect.poll(() => held.length, { timeout: 60_000 }).toBe(MOST_AT_ONCE + 1)
      open = true
      for (const release of held) release()
      const statuses = (await Promise.all(asked)).map(({ status }) => status)
      expect([200, 429].map((status) => statuses.filter((one) => one === status).length)).toEqual([MOST_AT_ONCE, 3])
      expect((await other).status).toBe(200)
      expect((await ask(openSite(world()), { fields, from: '192.0.2.9' })).status).toBe(200)
    })
  },
  { LATCHKEY_CHECK_ADDRESSES: '192.0.2.0/24,2001:db8::/32,::ffff:198.51.100.0/120,10.0.0.0/8', LATCHKEY_PROXIES: '10.0.0.1' },
)
