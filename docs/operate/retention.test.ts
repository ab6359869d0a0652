import { readFileSync } from 'node:fs'
import { RETENTION } from '@latchkey/server/db/retention'
import { expect, test } from 'vitest'

test('the page says of each table what the server keeps', () => {
  const page = readFileSync(new URL('./retention.md', import.meta.url), 'utf8')
  const rows = [...page.matchAll(/^\| `(\w+)` \| (.*) \|$/gm)].map(([, table, kept]) => [table, kept])
  expect(Object.fromEntries(rows)).toEqual(RETENTION)
})
