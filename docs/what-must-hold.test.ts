import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const ROOT = new URL('../', import.meta.url)
const rows = readFileSync(new URL('./what-must-hold.md', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| what must hold'))
  .map((line) => {
    const [, holds = '', tests = '', ...rest] = line.split('|').map((cell) => cell.trim())
    return { holds, tests: tests === 'none' ? [] : tests.split('<br>'), cells: rest.length }
  })

/** As test or describe have it: a title in quotes, the first thing in the brackets or in its row of a table. */
function hasTitle(file: string, title: string): boolean {
  const text = readFileSync(new URL(file, ROOT), 'utf8').replaceAll(/([([])\s+/g, '$1')
  return ['(', '['].some((bracket) => ["'", '"', '`'].some((quote) => text.includes(`${bracket}${quote}${title}${quote}`)))
}

test('there are rows, each once, and each names tests or says that there is none', () => {
  expect(rows.length).toBeGreaterThan(70)
  expect(new Set(rows.map(({ holds }) => holds)).size).toBe(rows.length)
  expect(rows.filter(({ cells }) => cells !== 2)).toEqual([])
})

test.each(rows)('$holds', ({ tests }) => {
  for (const named of tests) {
    const [, file = '', title = ''] = /^`([^`]+\.test\.ts)`: `([^`]+)`$/.exec(named) ?? []
    expect(existsSync(new URL(file, ROOT)) && hasTitle(file, title), named).toBe(true)
  }
})
