import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { accountTexts } from '../texts/en/account.ts'
import { textsFor } from '../texts/texts.ts'
import { isActivityText, sayActivity } from './activity.ts'

/** Actions that are nobody's: programs' keys, signing keys, the log itself, backups. */
const NOBODYS = /^(?:api-keys|audit|keys|signing-keys|operate|federation)\./
const sources = globSync('**/*.ts', { cwd: join(import.meta.dirname, '..') }).filter((file) => !file.endsWith('.test.ts'))
const recorded = new Set(
  sources.flatMap((file) =>
    [...readFileSync(join(import.meta.dirname, '..', file), 'utf8').matchAll(/(?:action:|ACTION =) '([a-z-]+\.[a-z-]+)'/g)].map(
      ([, action = '']) => action,
    ),
  ),
)

test('every action that is recorded about a person has words, and no words are for nothing', () => {
  expect(recorded.size).toBeGreaterThan(30)
  const silent = [...recorded].filter((action) => !NOBODYS.test(action) && !isActivityText(`activity.${action}`))
  expect(silent).toEqual([])
  const said = Object.keys(accountTexts).filter(
    (id) => id.startsWith('activity.') && !id.startsWith('activity.outcome.') && id !== 'activity.other',
  )
  expect(said.filter((id) => !recorded.has(id.slice('activity.'.length)))).toEqual([])
})

test('an action or an outcome that has no words looks neither done nor like markup', () => {
  const said = sayActivity(textsFor('en'), { action: 'rooms.<b>', outcome: '<b>' })
  expect(said).toEqual({ what: 'Something else in your account', outcome: 'Refused', kind: 'bad' })
})

test('a refusal never looks like a success', () => {
  for (const outcome of ['wrong', 'wrong-code', 'waiting', 'replayed', 'old-copy', 'no-token', 'refused', 'busy', 'void', 'no-such-token'])
    expect(sayActivity(textsFor('en'), { action: 'tokens.validate-code', outcome }).kind).toBe('bad')
  for (const outcome of ['accepted', 'right', 'set', 'ended'])
    expect(sayActivity(textsFor('en'), { action: 'tokens.end', outcome }).kind).toBe('good')
})
