import { expect, test } from 'vitest'
import { type Ask, ask, CHECK, type Fields, failuresOf, makeKey, makeNamedKey, openSite, STEP, serialOf } from '../../../test/check-site.ts'
import { type Device, makeToken, showCode, wrongCode } from '../../../test/device.ts'
import { BROWSER, makePerson, onBothEngines, type World } from '../../../test/world.ts'
import { disableToken } from '../../tokens/disable-token.ts'
import { enableToken } from '../../tokens/enable-token.ts'

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
})
