import { readFileSync } from 'node:fs'
import { readConfig } from '@latchkey/server/config'
import { describeApi } from '@latchkey/server/federation/validate/describe-api'
import { expect, test } from 'vitest'

test('openapi.json is what the server answers; if not: npm run openapi', () => {
  const written = readFileSync(new URL('./openapi.json', import.meta.url), 'utf8')
  expect(written).toBe(`${JSON.stringify(describeApi({ config: readConfig({}) }), null, 2)}\n`)
})
