import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { makeToken, showCode, wrongCode } from '../../../test/device.ts'
import { siteOf } from '../../../test/visitor.ts'
import { BROWSER, makePerson, openWorld, type World } from '../../../test/world.ts'
import { makeApiKey } from '../../api-keys/make-api-key.ts'
import { describeApi } from '../validate/describe-api.ts'
import { checkDoor } from './api.ts'

const Media = z.record(z.string(), z.object({ schema: z.object({ $ref: z.string() }) }))
const Operation = z.object({
  requestBody: z.object({ content: Media }).optional(),
  responses: z.record(z.string(), z.object({ content: Media.optional() })),
})
const Described = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
  components: z.object({ schemas: z.record(z.string(), z.record(z.string(), z.unknown())) }),
})

let world: World
let key: string
beforeAll(async () => {
  world = await openWorld('sqlite')
  const made = await makeApiKey(world, BROWSER, 'RADIUS')
  if (made.outcome !== 'made') throw new Error(made.outcome)
  key = made.secret
})
afterAll(() => world.close())

const described = () => Described.parse(JSON.parse(JSON.stringify(describeApi(world))))
const operationOf = (path: string, method: string) => Operation.parse(described().paths[path]?.[method.toLowerCase()])

function fits(content: z.infer<typeof Media> | undefined, type: string, body: unknown): boolean {
  const name = content?.[type]?.schema.$ref.replace('#/components/schemas/', '') ?? ''
  const schema = described().components.schemas[name]
  if (schema === undefined) throw new Error(`no schema for ${type}`)
  return new Ajv2020({ strict: false }).validate(schema, body)
}

type Sent = { path: string; as?: string; method?: string; body?: string; type?: string; keyed?: boolean }

/** Asks, and holds the answer against the description: its status is described, its body is of the schema that stands there. */
async function ask({ path, as = path, method = 'POST', body, type = 'application/json', keyed = true }: Sent): Promise<number> {
  const headers = { 'content-type': type, ...(keyed ? { 'x-api-key': key } : {}) }
  const site = siteOf(world, { doors: [checkDoor(world)] })
  const answer = await site.request(path, { method, headers, ...(body === undefined ? {} : { body }) }, {})
  const response = operationOf(as, method === 'PUT' ? 'POST' : method).responses[String(answer.status)]
  expect(response, `${method} ${path} ${answer.status}`).toBeDefined()
  const text = await answer.text()
  if (text !== '') expect(fits(response?.content, 'application/json', JSON.parse(text)), text).toBe(true)
  else expect([path, response?.content === undefined || answer.status === 400]).toEqual(['/validate/radiuscheck', true])
  return answer.status
}

test('every answer is one that the description has', async () => {
  const { device } = await makeToken(world, await makePerson(world, 'ivan'))
  const right = () => {
    world.pass(30_000)
    return JSON.stringify({ user: 'ivan', pass: showCode(device, world.now()), nonce: 'n' })
  }
  const wrong = JSON.stringify({ user: 'ivan', pass: wrongCode(device, world.now()) })
  for (const [path, accepted, rejected] of [
    ['/validate/check', 200, 200],
    ['/validate/radiuscheck', 204, 400],
  ] as const) {
    const statuses = [
      await ask({ path, body: right() }),
      await ask({ path, body: wrong }),
      await ask({ path, body: '{}' }),
      await ask({ path, body: wrong, keyed: false }),
      await ask({ path, body: wrong, method: 'PUT' }),
      await ask({ path, body: JSON.stringify({ user: 'x'.repeat(9_000) }) }),
    ]
    expect(statuses).toEqual([accepted, rejected, 400, 401, 405, 413])
  }
  const path = '/validate/polltransaction'
  const others = [
    await ask({ path: '/validate/triggerchallenge', body: JSON.stringify({ user: 'ivan' }) }),
    await ask({ path: '/validate/triggerchallenge', body: '{}' }),
    await ask({ path: `${path}?transaction_id=1`, as: path, method: 'GET' }),
    await ask({ path, method: 'GET' }),
    await ask({ path, body: JSON.stringify({ transaction_id: '1', nonce: 'n' }) }),
    await ask({ path: `${path}/1`, as: `${path}/{id}`, method: 'GET' }),
  ]
  expect(others).toEqual([200, 400, 200, 400, 200, 200])
})

test('what the description calls a wrong body is one, and what it calls right is judged', async () => {
  const bodies: unknown[] = [
    {},
    [],
    null,
    'ivan',
    { user: 'nobody' },
    { pass: '123456' },
    { user: 'nobody', pass: '123456' },
    { serial: '0000000000', pass: '123456' },
    { user: 'nobody', serial: '0000000000', pass: '123456' },
    { user: 'nobody', pass: 123456 },
    { user: ['nobody'], pass: '123456' },
    { user: 'nobody', pass: '', realm: '', type: '', state: '', client: ['x'], resConf: 5 },
    { user: 'nobody', pass: '1', realm: null },
    { user: 'nobody', nonce: 5 },
    { user: 'nobody', transaction_id: 'x' },
  ]
  for (const path of ['/validate/check', '/validate/triggerchallenge']) {
    const { requestBody } = operationOf(path, 'POST')
    expect(Object.keys(requestBody?.content ?? {})).toContain('multipart/form-data')
    for (const body of bodies) {
      const right = fits(requestBody?.content, 'application/json', body)
      expect(await ask({ path, body: JSON.stringify(body) }), `${path} ${JSON.stringify(body)}`).toBe(right ? 200 : 400)
    }
  }
})
