import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { addIdentity, makeToken, showCode } from '../../../test/device.ts'
import { siteOf } from '../../../test/visitor.ts'
import { BROWSER, makePerson, openWorld, type World } from '../../../test/world.ts'
import { makeApiKey } from '../../api-keys/make-api-key.ts'
import { findActivation } from '../../tokens/find-activation.ts'
import { issueToken } from '../../tokens/issue-token.ts'
import { checkDoor } from '../check/api.ts'
import { tokenAppDoor } from '../token-app/api.ts'
import { validateDoor } from './api.ts'
import { descriptionDoor } from './describe-api.ts'

const Described = z.looseObject({
  openapi: z.string(),
  paths: z.record(z.string(), z.record(z.string(), z.looseObject({ responses: z.record(z.string(), z.unknown()) }))),
  components: z.looseObject({ schemas: z.record(z.string(), z.unknown()) }),
})
const Reference = z.object({ content: z.object({ 'application/json': z.object({ schema: z.object({ $ref: z.string() }) }) }) })

let world: World
beforeAll(async () => {
  world = await openWorld('sqlite')
})
afterAll(() => world.close())

const siteNow = () => siteOf(world, { doors: [validateDoor(world), checkDoor(world), tokenAppDoor(world), descriptionDoor(world)] })
const describeNow = async () => Described.parse(await (await siteNow().request('/api/v1/openapi.json', {}, {})).json())

/** Asks, and holds the answer against the description: its status is described, its body is of the schema that stands there. */
async function check(path: string, init: RequestInit): Promise<number> {
  const answer = await siteNow().request(path, { method: 'POST', ...init }, {})
  const described = await describeNow()
  const response = described.paths[path]?.['post']?.responses[String(answer.status)]
  expect(response, `${path} ${answer.status}`).toBeDefined()
  const { $ref } = Reference.parse(response).content['application/json'].schema
  const schema = described.components.schemas[$ref.replace('#/components/schemas/', '')]
  const validate = new Ajv2020({ strict: false }).compile(z.record(z.string(), z.unknown()).parse(schema))
  const body: unknown = await answer.json()
  expect(validate(body), `${path} ${answer.status} ${JSON.stringify(body)}`).toBe(true)
  return answer.status
}
const json = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
})

test('every answer is one that the description has', async () => {
  const user = await makePerson(world, 'ivan')
  const { device } = await makeToken(world, user)
  const key = await makeApiKey(world, BROWSER, 'Wiki')
  if (key.outcome !== 'made') throw new Error(key.outcome)
  const auth = { authorization: `Bearer ${key.secret}` }
  const right = { user: 'ivan', code: showCode(device, world.now()) }
  const validated = [
    await check('/api/v1/validate', json(right, auth)),
    await check('/api/v1/validate', json({ user: 'ivan' }, auth)),
    await check('/api/v1/validate', json(right)),
    await check('/api/v1/validate', { ...json(right, auth), method: 'PUT' }),
    await check('/api/v1/validate', json({ ...right, user: 'x'.repeat(5_000) }, auth)),
    await check('/api/v1/validate', json(right, { ...auth, 'content-type': 'text/plain' })),
  ]
  expect(validated).toEqual([200, 400, 401, 405, 413, 415])
  await issueToken(world, BROWSER, user, { label: 'Tablet' })
  const ticket = (await findActivation(world, user))?.ticket
  const opened = await siteNow().request('/api/v1/activations/open', { method: 'POST', ...json({ ticket }) }, {})
  const { serialNumber, activationCode } = z.object({ serialNumber: z.string(), activationCode: z.string() }).parse(await opened.json())
  const { registrationCode } = await addIdentity(serialNumber, activationCode)
  const activated = [
    await check('/api/v1/activations/open', json({ ticket })),
    await check('/api/v1/activations/register', json({ ticket, registrationCode: `${registrationCode.slice(0, -1)}U` })),
    await check('/api/v1/activations/register', json({ ticket, registrationCode: registrationCode.slice(1) })),
    await check('/api/v1/activations/register', json({ ticket, registrationCode })),
    await check('/api/v1/activations/register', json({ ticket, registrationCode })),
  ]
  expect(activated).toEqual([403, 422, 422, 200, 403])
})

test('the description is whole: every reference leads somewhere, every schema is used, every path answers', async () => {
  const described = await describeNow()
  const text = JSON.stringify(described)
  const used = new Set([...text.matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name))
  expect(used).toEqual(new Set(Object.keys(described.components.schemas)))
  const own = ['/api/v1/validate', '/api/v1/activations/open', '/api/v1/activations/register']
  const ofTheField = ['check', 'radiuscheck', 'triggerchallenge', 'polltransaction', 'polltransaction/{id}'].map(
    (call) => `/validate/${call}`,
  )
  expect(Object.keys(described.paths)).toEqual([...own, ...ofTheField])
  for (const path of Object.keys(described.paths)) expect((await siteNow().request(path, { method: 'POST' }, {})).status).not.toBe(404)
})

test('the description may be looked at, and nothing else', async () => {
  for (const method of ['GET', 'HEAD']) expect((await siteNow().request('/api/v1/openapi.json', { method }, {})).status).toBe(200)
  for (const method of ['POST', 'PUT', 'DELETE']) expect((await siteNow().request('/api/v1/openapi.json', { method }, {})).status).toBe(405)
})

test('what the description calls a refusal of a body, the handler refuses as well', async () => {
  const described = await describeNow()
  const asked = z.looseObject({ additionalProperties: z.literal(false), required: z.array(z.string()) })
  for (const name of ['ValidateAsked', 'OpenAsked', 'RegisterAsked'])
    expect(() => asked.parse(described.components.schemas[name]), name).not.toThrow()
})

const Text = z.string().min(1)
const Content = z.record(Text, z.strictObject({ schema: z.strictObject({ $ref: Text }) }))
const Operation = z.strictObject({
  operationId: Text,
  summary: Text,
  description: Text.optional(),
  security: z.array(z.partialRecord(z.enum(['bearer', 'header']), z.tuple([]))).optional(),
  parameters: z
    .array(z.strictObject({ name: Text, in: z.enum(['query', 'path']), required: z.literal(true), schema: z.record(Text, Text) }))
    .optional(),
  requestBody: z.strictObject({ required: z.literal(true), content: Content }).optional(),
  responses: z.record(z.string().regex(/^[2-5]\d\d$/), z.strictObject({ description: Text, content: Content.optional() })),
})

test('the description is one of OpenAPI 3.1: operations have what they must have and nothing else, schemas are JSON Schema', async () => {
  const described = await describeNow()
  expect(described.openapi).toMatch(/^3\.1\./)
  const operations = Object.entries(described.paths).flatMap(([path, methods]) => Object.values(methods).map((one) => ({ path, one })))
  const read = operations.map(({ path, one }) => ({ path, ...Operation.parse(one) }))
  expect(new Set(read.map(({ operationId }) => operationId)).size).toBe(operations.length)
  for (const { path, parameters = [] } of read)
    expect([...path.matchAll(/{(\w+)}/g)].map(([, name]) => name)).toEqual(
      parameters.filter((one) => one.in === 'path').map(({ name }) => name),
    )
  const ajv = new Ajv2020({ strict: true, strictTypes: false, strictTuples: false, strictRequired: false })
  ajv.addVocabulary(['example'])
  for (const [name, schema] of Object.entries(described.components.schemas))
    expect(() => ajv.compile(z.record(z.string(), z.unknown()).parse(schema)), name).not.toThrow()
})
