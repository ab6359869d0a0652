/// <reference types="vite/types/importMeta.d.ts" />
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import type { Operation, Vector } from './operations/given.ts'
import { OPERATIONS, runVector } from './operations.ts'
import schema from './schema.json' with { type: 'json' }

const isVector = new Ajv2020().compile<Vector>(schema)
const FILES = Object.entries(import.meta.glob<unknown>('./*/*.json', { eager: true, import: 'default' }))
const FOLDERS = new Set(FILES.map(([path]) => path.split('/')[1]))
const VECTORS = FILES.map(([, content]) => content).filter((content) => isVector(content))

async function checkVector(content: unknown): Promise<void> {
  if (!isVector(content)) throw new TypeError(`not a vector: ${reasonsAgainst(content)}`)
  expect(await runVector(content)).toStrictEqual(content.expect)
}

/** The schema's reasons, of the one branch that is meant: each other branch only says that the operation is another. */
function reasonsAgainst(content: unknown): string {
  isVector(content)
  const errors = isVector.errors ?? []
  const meant = errors.filter((error) => !errors.some((other) => other.keyword === 'const' && branchOf(other) === branchOf(error)))
  const reasons = meant.map((error) => `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`)
  return [...new Set(reasons)].join('; ')
}

function branchOf({ schemaPath }: { schemaPath: string }): string {
  return schemaPath.split('/').slice(0, 3).join('/')
}

describe.each([...FOLDERS])('%s', (folder) => {
  for (const [path, content] of FILES.filter(([name]) => name.startsWith(`./${folder}/`))) {
    test(`${path.slice(2)}: ${isVector(content) ? content.scenario : 'not a vector'}`, () => checkVector(content))
  }
})

test('every file is a vector', () => {
  expect(VECTORS).toHaveLength(FILES.length)
})

test('every operation has a vector, and every vector an operation', () => {
  expect(new Set(VECTORS.map((vector) => vector.operation))).toEqual(new Set(Object.keys(OPERATIONS)))
})

describe('what must not pass', () => {
  const good: Vector<'read-profile'> = {
    scenario: 'The profile symbol 3: 8-digit security codes, a PIN of at least 8 digits',
    operation: 'read-profile',
    source: 'STP-1, 1',
    given: { symbol: '3' },
    expect: { digits: 8, pinMinimum: 8 },
  }

  test.each<[string, unknown]>([
    ['an unknown key beside the others', { ...good, note: 'x' }],
    ['an unknown key in what is given', { ...good, given: { ...good.given, serial: '0482915736' } }],
    ['an unknown key in what is expected', { ...good, expect: { ...good.expect, label: 'x' } }],
    ['an unknown error', { ...good, expect: { error: 'unknown' } }],
    ['an unknown operation', { ...good, operation: 'read-profiles' }],
    ['no scenario', { ...good, scenario: undefined }],
  ])('%s', async (_, content) => {
    await expect(checkVector(good)).resolves.toBeUndefined()
    await expect(checkVector(content)).rejects.toThrow('not a vector')
  })

  test.each<[string, unknown]>([
    ['another value', { ...good, expect: { ...good.expect, digits: 6 } }],
    ['a refusal that does not come', { ...good, expect: { error: 'profile' } }],
    ['a value where a refusal comes', { ...good, given: { symbol: '4' } }],
  ])('%s', async (_, content) => {
    await expect(checkVector(content)).rejects.toThrow('to strictly equal')
  })

  test.each(operationsIn(VECTORS))('%s with what another of its vectors expects', async (operation) => {
    const [vector, ...others] = VECTORS.filter((each) => each.operation === operation)
    const other = others.find((each) => JSON.stringify(each.expect) !== JSON.stringify(vector?.expect))
    expect(other).toBeDefined()
    await expect(checkVector({ ...vector, expect: other?.expect })).rejects.toThrow('to strictly equal')
  })
})

function operationsIn(vectors: readonly Vector[]): Operation[] {
  return [...new Set(vectors.map((vector) => vector.operation))]
}
