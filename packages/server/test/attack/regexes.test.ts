import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

/** The longest field that a form may have: a password. */
const LENGTH = 4_096
/** One that looks at each place once takes none; one that begins anew at each place some thirty; one that tries all ways never ends. */
const LONGEST_MS = 400
const LITERAL = /(?<=[=(,:[!&|?;{}]\s*|return\s+|^\s*)\/(?![/*\s])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[dgimsuvy]*(?=[\s,.;)\]}])/gm

type Found = { where: string; pattern: RegExp }

/** As literals: what is put together at run time is not found. */
function patterns(room: string): Found[] {
  const cwd = fileURLToPath(new URL(`../../../${room}/src`, import.meta.url))
  const files = globSync('**/*.{ts,tsx,js}', { cwd, exclude: (name) => /\.test\.ts$/.test(name) })
  return files.flatMap((file) =>
    [...readFileSync(`${cwd}/${file}`, 'utf8').matchAll(LITERAL)].map(([literal]) => {
      const end = literal.lastIndexOf('/')
      return { where: `${file} ${literal}`, pattern: new RegExp(literal.slice(1, end), literal.slice(end + 1)) }
    }),
  )
}

/** Runs of what the pattern speaks of, with an end that it does not want, from the start and after a start that it does. */
function attacks({ source }: RegExp): string[] {
  const plain = [...new Set(source.replaceAll(/\\[dswbpPu]/g, '').match(/[\w\-./:@ =,;<>%+]/g) ?? [])]
  const units = [...new Set([...plain, 'a', '0', ' ', '\t', '-', '.', 'aA0', 'a ', 'a-', '0.', 'é', '\u0301', '😀'])]
  return units.flatMap((unit) => {
    const run = unit.repeat(Math.ceil(LENGTH / unit.length))
    return [run, `${run}\0`, `${run}!`, `${plain.join('')}${run}\n!`]
  })
}

test.each([
  ['server', 40],
  ['portal', 4],
  ['protocol', 6],
  ['soft-token', 1],
  ['token-app', 10],
  ['design', 1],
  ['cli', 4],
])('no pattern of %s takes long, whatever is typed', (room, atLeast) => {
  const found = patterns(room)
  expect(found.length).toBeGreaterThan(atLeast)
  const slow: string[] = []
  for (const { where, pattern } of found) {
    for (const attack of attacks(pattern)) {
      pattern.lastIndex = 0
      const begun = performance.now()
      if (pattern.global) attack.replaceAll(pattern, '')
      else pattern.test(attack)
      const time = performance.now() - begun
      if (time > LONGEST_MS) {
        slow.push(`${where}: ${time.toFixed(0)} ms`)
        break
      }
    }
  }
  expect(slow).toEqual([])
})
