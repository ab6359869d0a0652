import { readFileSync } from 'node:fs'
import { ConfigRefused, readConfig } from '@latchkey/server/config'
import { describe, expect, test } from 'vitest'

type Row = { path: string; variable: string; usual: string; range: string }

const bare = (cell: string | undefined): string => (cell ?? '').trim().replace(/^`(.*)`$/, '$1')
const rows: Row[] = readFileSync(new URL('./settings.md', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => {
    const [, path, variable, usual, range] = line.split('|')
    return { path: bare(path), variable: bare(variable), usual: bare(usual), range: (range ?? '').trim() }
  })

const DERIVED = ['databaseFile', 'outboxFolder']
const AN_EXAMPLE: Readonly<Record<string, string>> = {
  databaseUrl: 'postgres://localhost/latchkey',
  'smtp.url': 'smtp://mail.example.test',
  'organisation.helpDeskEmail': 'help@example.test',
  'keys.file': '/etc/latchkey/keys.json',
  'keys.value': '{}',
  'keys.command': 'print-keys',
  proxies: '10.0.0.1',
  'check.addresses': '10.0.0.1',
}

function valueAt(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((at, name) => (at === null || typeof at !== 'object' ? undefined : Reflect.get(at, name)), value)
}

function leaves(value: unknown, at: readonly string[] = []): string[] {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return [at.join('.')]
  return Object.entries(value).flatMap(([name, inner]) => leaves(inner, [...at, name]))
}

test('every setting that has a value stands in the table, and nothing stands there twice', () => {
  const documented = rows.map(({ path }) => path)
  expect(new Set(documented).size).toBe(documented.length)
  const missing = leaves(readConfig({})).filter((path) => path !== '' && !documented.includes(path) && !DERIVED.includes(path))
  expect(missing).toEqual([])
})

describe.each(rows)('$path', ({ path, variable, usual, range }) => {
  const set = (value: string) => valueAt(readConfig({ [variable]: value }), path)

  test('its default', () => {
    const value = valueAt(readConfig({}), path)
    if (path === 'recovery.proofs') expect(value).toEqual(set(usual))
    else if (path in AN_EXAMPLE) expect(value === undefined || (Array.isArray(value) && value.length === 0)).toBe(true)
    else expect(String(value)).toBe(usual)
  })

  test('its variable', () => {
    const example = AN_EXAMPLE[path]
    if (example !== undefined) expect([set(example)].flat()).toEqual([example])
    else if (path.endsWith('.url')) expect(set('https://other.example.test')).toBe('https://other.example.test')
    else if (/^(data|login\.host|token\.host|portal\.host|smtp\.from|organisation\.\w+)$/.test(path)) expect(set('other')).toBe('other')
    else expect(() => set('no such value')).toThrow(ConfigRefused)
  })

  test('its range', () => {
    const [, from, to] = /^(\d+) to (\d+)$/.exec(range) ?? []
    if (from !== undefined && to !== undefined) {
      expect([set(from), set(to)]).toEqual([Number(from), Number(to)])
      expect(() => set(String(Number(from) - 1))).toThrow(ConfigRefused)
      expect(() => set(String(Number(to) + 1))).toThrow(ConfigRefused)
    }
    const [, least, most] = /^(\d+) to (\d+) characters$/.exec(range) ?? []
    if (least !== undefined && most !== undefined) {
      expect(set('x'.repeat(Number(most)))).toBe('x'.repeat(Number(most)))
      expect(() => set('x'.repeat(Number(most) + 1))).toThrow(ConfigRefused)
    }
    if (/^(`[^`]+`, )+`[^`]+`$/.test(range))
      for (const [, choice = ''] of range.matchAll(/`([^`]+)`/g)) if (!choice.includes('…')) expect(set(choice)).toBeDefined()
  })
})
