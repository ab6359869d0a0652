import { Writable } from 'node:stream'
import pino from 'pino'
import { expect, test } from 'vitest'
import { makeToken, showCode, wrongCode } from '../../../test/device.ts'
import { siteOf } from '../../../test/visitor.ts'
import { BROWSER, makePerson, onBothEngines, type World } from '../../../test/world.ts'
import { endApiKey } from '../../api-keys/end-api-key.ts'
import { makeApiKey } from '../../api-keys/make-api-key.ts'
import type { UserId } from '../../ids.ts'
import { validateDoor } from './api.ts'

const STEP = 30_000
const PATH = '/api/v1/validate'

async function makeKey(world: World): Promise<{ id: string; secret: string }> {
  const made = await makeApiKey(world, BROWSER, 'Wiki')
  if (made.outcome !== 'made') throw new Error(made.outcome)
  return made
}
const doorOf = (world: World) => siteOf(world, { doors: [validateDoor(world)] })
type Ask = { body?: unknown; key?: string; headers?: Record<string, string>; raw?: string; query?: string; method?: string }

async function ask(world: World, { body, key, headers = {}, raw, query = '', method = 'POST' }: Ask) {
  const sent = { 'content-type': 'application/json', ...(key === undefined ? {} : { authorization: `Bearer ${key}` }), ...headers }
  const text = raw ?? JSON.stringify(body)
  const answer = await doorOf(world).request(`${PATH}${query}`, { method, headers: sent, ...(method === 'GET' ? {} : { body: text }) }, {})
  return { status: answer.status, body: await answer.text(), headers: answer.headers }
}
const nameOf = async (world: World, user: UserId) =>
  (await world.db.read.selectFrom('users').select('login_name').where('id', '=', user).executeTakeFirstOrThrow()).login_name
const failuresOf = async (world: World, user: UserId) =>
  (await world.db.read.selectFrom('code_guards').selectAll().where('user_id', '=', user).executeTakeFirstOrThrow()).door_failures

onBothEngines('validate', (world) => {
  test('a right code is accepted once', async () => {
    const user = await makePerson(world())
    const { device } = await makeToken(world(), user)
    const { secret, id } = await makeKey(world())
    const body = { user: await nameOf(world(), user), code: showCode(device, world().now()) }
    expect(await ask(world(), { body, key: secret })).toMatchObject({ status: 200, body: '{"accepted":true}' })
    expect(await ask(world(), { body, headers: { 'x-api-key': secret } })).toMatchObject({ status: 200, body: '{"accepted":false}' })
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

  test('every refusal has the same status, headers and body', async () => {
    const { secret: key } = await makeKey(world())
    const owner = await makePerson(world())
    const { device } = await makeToken(world(), owner)
    const bare = await makePerson(world())
    const suspended = await makePerson(world())
    const token = await makeToken(world(), suspended)
    await world().db.transaction((tx) => tx.updateTable('users').set({ state: 'suspended' }).where('id', '=', suspended).execute())
    const used = showCode(device, world().now())
    await ask(world(), { body: { user: await nameOf(world(), owner), code: used }, key })
    const answers = [
      { user: 'nobody-of-that-name', code: used },
      { user: '\u202e', code: used },
      { user: await nameOf(world(), bare), code: used },
      { user: await nameOf(world(), suspended), code: showCode(token.device, world().now()) },
      { user: await nameOf(world(), owner), code: used },
      { user: await nameOf(world(), owner), code: wrongCode(device, world().now()) },
      { user: await nameOf(world(), owner), code: '１２３４５６' },
      { user: await nameOf(world(), owner), code: '1e5' },
      { user: await nameOf(world(), owner), code: '1234567' },
    ]
    const seen = new Set<string>()
    for (const body of answers) {
      const { status, headers, body: said } = await ask(world(), { body, key })
      headers.delete('x-request-id')
      seen.add(JSON.stringify([status, said, [...headers]]))
    }
    expect([...seen]).toHaveLength(1)
    expect([...seen][0]).toContain('accepted\\":false')
  })

  test('a wrong code waits and counts at this door, whichever spelling of the name', async () => {
    const { secret: key } = await makeKey(world())
    const user = await makePerson(world(), 'grace')
    const { device } = await makeToken(world(), user)
    for (const spelling of ['grace', 'GRACE', ' Grace ', 'ｇｒａｃｅ', 'grace'])
      await ask(world(), { body: { user: spelling, code: wrongCode(device, world().now()) }, key })
    expect(await failuresOf(world(), user)).toBe(5)
    const right = { user: 'grace', code: showCode(device, world().now()) }
    expect((await ask(world(), { body: right, key })).body).toBe('{"accepted":false}')
    world().pass(STEP)
    expect((await ask(world(), { body: { ...right, code: showCode(device, world().now()) }, key })).body).toBe('{"accepted":true}')
  })

  test('two hundred of the same code, released together: one is accepted', async () => {
    const { secret: key } = await makeKey(world())
    const user = await makePerson(world())
    const { device } = await makeToken(world(), user)
    const body = { user: await nameOf(world(), user), code: showCode(device, world().now()) }
    const answers = await Promise.all(Array.from({ length: 200 }, () => ask(world(), { body, key })))
    expect(answers.filter(({ body: said }) => said === '{"accepted":true}')).toHaveLength(1)
    expect(answers.every(({ status }) => status === 200)).toBe(true)
  })

  test('no key, an unknown one and a revoked one look alike, and nothing is judged', async () => {
    const user = await makePerson(world())
    const { device } = await makeToken(world(), user)
    const { secret, id } = await makeKey(world())
    const body = { user: await nameOf(world(), user), code: showCode(device, world().now()) }
    await ask(world(), { body: { ...body, code: '000000' }, key: secret })
    await endApiKey(world(), BROWSER, id)
    const refused = [
      await ask(world(), { body }),
      await ask(world(), { body, key: `lk_${'A'.repeat(43)}` }),
      await ask(world(), { body, key: secret }),
      await ask(world(), { body, headers: { authorization: `Basic ${secret}` } }),
      await ask(world(), { body, headers: { 'x-api-key': '' } }),
    ]
    for (const { status, headers, body: said } of refused) {
      expect(status).toBe(401)
      expect(headers.get('www-authenticate')).toBe('Bearer realm="latchkey"')
      expect(JSON.parse(said)).toEqual({ error: 'unauthorised', message: expect.any(String) })
    }
    expect(new Set(refused.map(({ body: said }) => said)).size).toBe(1)
    const other = await makeKey(world())
    expect((await ask(world(), { body, key: other.secret })).body).toBe('{"accepted":true}')
  })

  test('a key in the address is refused, even a good one', async () => {
    const { secret } = await makeKey(world())
    const body = { user: 'alice', code: '123456' }
    for (const query of [`?api_key=${secret}`, `?access_token=${secret}`, '?x', '?']) {
      expect(await ask(world(), { body, query })).toMatchObject({ status: 400 })
      expect(await ask(world(), { body, query, key: secret })).toMatchObject({ status: 400 })
    }
    expect(await ask(world(), { body, key: secret, headers: { 'x-api-key': secret } })).toMatchObject({ status: 400 })
  })

  test('what is not exactly the object that is asked for is refused, and nothing is counted', async () => {
    const { secret: key } = await makeKey(world())
    const user = await makePerson(world(), 'heidi')
    await makeToken(world(), user)
    const bodies: unknown[] = [
      null,
      [],
      'heidi',
      42,
      {},
      { user: 'heidi' },
      { user: 'heidi', code: 123456 },
      { user: 'heidi', code: null },
      { user: 'heidi', code: ['123456'] },
      { user: ['heidi'], code: '123456' },
      { user: { $ne: '' }, code: '123456' },
      { user: 'heidi', code: '' },
      { user: '', code: '123456' },
      { user: 'heidi', code: '1'.repeat(65) },
      { user: 'h'.repeat(257), code: '123456' },
      { user: 'heidi', code: '123456', role: 'admin' },
      { user: 'heidi', code: '123456', bare: false },
      { user: 'heidi', code: '123456', failCount: 0 },
    ]
    for (const body of bodies) {
      const answer = await ask(world(), { body, key })
      expect(answer, JSON.stringify(body)).toMatchObject({ status: 400 })
      expect(JSON.parse(answer.body)).toEqual({ error: 'malformed', message: expect.any(String) })
    }
    for (const raw of [
      '',
      '{',
      '{"user":"heidi","code":"123456"',
      '\u0000',
      '{"__proto__":{"accepted":true},"user":"heidi","code":"123456"}',
    ])
      expect(await ask(world(), { raw, key }), raw).toMatchObject({ status: 400 })
    expect(await failuresOf(world(), user)).toBe(0)
  })

  test('other types, sizes and methods are refused as JSON', async () => {
    const { secret: key } = await makeKey(world())
    const body = { user: 'alice', code: '123456' }
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx', ''])
      expect(await ask(world(), { body, key, headers: { 'content-type': type } })).toMatchObject({ status: 415 })
    const large = await ask(world(), { raw: JSON.stringify({ ...body, user: 'x'.repeat(5_000) }), key })
    expect({ status: large.status, error: JSON.parse(large.body).error }).toEqual({ status: 413, error: 'too-large' })
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      const answer = await ask(world(), { body, key, method })
      expect({ status: answer.status, allow: answer.headers.get('allow') }, method).toEqual({ status: 405, allow: 'POST' })
    }
    const overridden = await ask(world(), { body, key, method: 'GET', headers: { 'x-http-method-override': 'POST' } })
    expect(overridden.status).toBe(405)
  })

  test('no code and no key in the log, whatever goes wrong', async () => {
    const lines: string[] = []
    const stream = new Writable({
      write: (chunk, _encoding, done) => {
        lines.push(String(chunk))
        done()
      },
    })
    const { secret: key } = await makeKey(world())
    const failing: World = {
      ...world(),
      log: pino({ level: 'trace' }, stream),
      db: { ...world().db, read: world().db.read, transaction: () => Promise.reject(new Error('the disk is full')) },
    }
    const answer = await ask(failing, { body: { user: 'alice', code: '918273' }, key })
    expect(answer.status).toBe(500)
    expect(JSON.parse(answer.body)).toEqual({ error: 'failed', message: expect.any(String) })
    expect(answer.body).not.toContain('disk')
    expect(lines.join('')).toContain('the disk is full')
    for (const secret of ['918273', key]) expect(lines.join('')).not.toContain(secret)
  })
})
