import { createServer } from 'node:http'
import { connect } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { makeToken, showCode } from '../../../test/device.ts'
import { BROWSER, makePerson, onBothEngines, type World } from '../../../test/world.ts'
import { makeApiKey } from '../../api-keys/make-api-key.ts'
import { type Env, withFacts } from '../../http/request.ts'
import { VALIDATE_PATH, validateDoor } from './api.ts'
import { validateListener } from './listener.ts'

/** A server with the listener, the door or both, and what it answers. */
async function serve(world: World, way: 'listener' | 'door') {
  const listener = validateListener(world)
  const app = new Hono<Env>()
  app.use(withFacts(world))
  app.route('/', validateDoor(world))
  const rest = getRequestListener(app.fetch)
  let straight = 0
  let brokenOff: () => void = () => undefined
  const server = createServer((request, response) => {
    request.once('close', () => brokenOff())
    if (way === 'listener' && listener(request, response)) straight += 1
    else void rest(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}${VALIDATE_PATH}`
  return {
    url,
    straight: () => straight,
    /** When the next request has ended, however. */
    broken: () => new Promise<void>((resolve) => (brokenOff = resolve)),
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(resolve))
    },
    ask: async (body: string, headers: Record<string, string>, query = '', method = 'POST') => {
      const sent = method === 'GET' ? {} : { body }
      const answer = await fetch(url + query, { method, headers: { 'content-type': 'application/json', ...headers }, ...sent })
      const kept = [...answer.headers].filter(([name]) => !['date', 'x-request-id'].includes(name))
      const id = answer.headers.get('x-request-id') ?? ''
      return { status: answer.status, body: await answer.text(), headers: kept.toSorted(), id }
    },
  }
}

onBothEngines('the validation interface straight from the socket', (world) => {
  const makeKey = async (): Promise<string> => {
    const made = await makeApiKey(world(), BROWSER, 'Wiki')
    if (made.outcome !== 'made') throw new Error(made.outcome)
    return made.secret
  }

  test('answers as the door does, byte for byte, whatever is asked', async () => {
    const key = await makeKey()
    const bearer = { authorization: `Bearer ${key}` }
    const ordinary = JSON.stringify({ user: 'nobody', code: '123456' })
    const questions: [string, Record<string, string>, string?, string?][] = [
      [ordinary, bearer],
      [ordinary, { 'x-api-key': key }],
      [ordinary, {}],
      [ordinary, { ...bearer, 'x-api-key': key }],
      [ordinary, { authorization: 'Basic x' }],
      [ordinary, { authorization: `Bearer lk_${'A'.repeat(43)}` }],
      [ordinary, bearer, '?x=1'],
      [ordinary, bearer, '', 'PUT'],
      [ordinary, bearer, '', 'GET'],
      [ordinary, { ...bearer, 'content-type': 'text/plain' }],
      [ordinary, { ...bearer, 'content-type': 'application/json; charset=utf-8' }],
      ['', bearer],
      ['{', bearer],
      ['[]', bearer],
      [JSON.stringify({ user: 'nobody', code: 123456 }), bearer],
      [JSON.stringify({ user: 'nobody', code: '123456', role: 'admin' }), bearer],
      [JSON.stringify({ user: 'nobody', code: '1e5' }), bearer],
      [JSON.stringify({ user: 'n'.repeat(5_000), code: '123456' }), bearer],
    ]
    const [straight, door] = [await serve(world(), 'listener'), await serve(world(), 'door')]
    for (const [body, headers, query, method] of questions) {
      const { id, ...said } = await straight.ask(body, headers, query, method)
      const { id: other, ...wanted } = await door.ask(body, headers, query, method)
      expect(said, JSON.stringify([body.slice(0, 80), Object.keys(headers), query, method])).toEqual(wanted)
      expect([id, other]).toEqual([expect.stringMatching(/^req_[\w-]{22}$/), expect.stringMatching(/^req_[\w-]{22}$/)])
    }
    expect(straight.straight()).toBe(10)
    await Promise.all([straight.close(), door.close()])
  })

  test('a right code is accepted once, of both ways', async () => {
    const headers = { authorization: `Bearer ${await makeKey()}` }
    const user = await makePerson(world(), 'straight')
    const { device } = await makeToken(world(), user)
    const body = JSON.stringify({ user: 'straight', code: showCode(device, world().now()) })
    const [straight, door] = [await serve(world(), 'listener'), await serve(world(), 'door')]
    const answers = await Promise.all(Array.from({ length: 60 }, (_, index) => (index % 2 ? straight : door).ask(body, headers)))
    expect(answers.filter(({ body: said }) => said === '{"accepted":true}')).toHaveLength(1)
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(new Set(answers.map(({ id }) => id)).size).toBe(60)
    await Promise.all([straight.close(), door.close()])
  })

  test('a request that breaks off while its key is looked up ends nothing, and is answered to nobody', async () => {
    const key = await makeKey()
    const looked = Promise.withResolvers<void>()
    const goOn = Promise.withResolvers<void>()
    const read = new Proxy(world().db.read, {
      get: (target, name) => {
        if (name !== 'selectFrom') return Reflect.get(target, name)
        return (table: 'api_keys') => {
          const query = target.selectFrom(table).select(['id', 'name', 'scope', 'last_used_at']).where('name', '=', 'Wiki')
          const late = {
            executeTakeFirst: async () => {
              looked.resolve()
              await goOn.promise
              return query.executeTakeFirst()
            },
          }
          const chain: unknown = new Proxy(late, { get: (of, asked) => Reflect.get(of, asked) ?? (() => chain) })
          return chain
        }
      },
    })
    const straight = await serve({ ...world(), db: { ...world().db, read } }, 'listener')
    const unheard: unknown[] = []
    const hear = (error: unknown) => void unheard.push(error)
    process.on('unhandledRejection', hear)
    const { port } = new URL(straight.url)
    const socket = connect(Number(port), '127.0.0.1')
    socket.write(
      `POST ${VALIDATE_PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer ${key}\r\nContent-Length: 100\r\n\r\n{`,
    )
    await looked.promise
    const broken = straight.broken()
    socket.destroy()
    await broken
    await new Promise(setImmediate)
    goOn.resolve()
    await new Promise(setImmediate)
    expect(unheard).toEqual([])
    process.off('unhandledRejection', hear)
    await straight.close()
  })
})
