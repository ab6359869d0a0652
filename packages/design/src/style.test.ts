import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ASSETS } from './assets.ts'

const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')
const TOKENS = read('tokens.css')
const STYLE = read('style.css').replaceAll(/\/\*.*?\*\//gs, '')

type Pair = { light: string; dark: string }
const colours = new Map<string, Pair>()
for (const [, name = '', light = '', dark = ''] of TOKENS.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g))
  colours.set(name, { light, dark })

/** WCAG 2.2, relative luminance. */
function luminance(hex: string): number {
  const linear = (from: number) => {
    const value = Number.parseInt(hex.slice(from, from + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }
  return 0.2126 * linear(1) + 0.7152 * linear(3) + 0.0722 * linear(5)
}

function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return (light + 0.05) / (dark + 0.05)
}

function worst(text: string, ground: string): number {
  const [front, back] = [colours.get(text), colours.get(ground)]
  if (front === undefined || back === undefined) return 0
  return Math.min(contrast(front.light, back.light), contrast(front.dark, back.dark))
}

/** `color-mix` in sRGB, as the style sheet mixes the edge of a control. */
function mixed(share: number, one: string, other: string): string {
  const part = (hex: string, from: number) => Number.parseInt(hex.slice(from, from + 2), 16)
  const channel = (from: number) => Math.round(part(one, from) * share + part(other, from) * (1 - share))
  return `#${[1, 3, 5].map((from) => channel(from).toString(16).padStart(2, '0')).join('')}`
}

const GROUNDS = ['paper', 'card', 'well', 'brass-wash', 'good-wash', 'bad-wash']

test('the tokens are those of the visual language', () => {
  expect([...colours.keys()].toSorted()).toEqual(
    [
      'act',
      'bad',
      'bad-wash',
      'brass',
      'brass-wash',
      'card',
      'good',
      'good-wash',
      'ink',
      'line',
      'on-act',
      'paper',
      'quiet',
      'well',
    ].toSorted(),
  )
})

test.each(GROUNDS)('text on %s has the contrast of level AA, light and dark', (ground) => {
  for (const text of ['ink', 'quiet', 'act', 'good', 'bad']) expect(worst(text, ground), text).toBeGreaterThanOrEqual(4.5)
})

test('what stands on a button can be read', () => {
  expect(worst('on-act', 'act')).toBeGreaterThanOrEqual(4.5)
  expect(worst('on-act', 'bad')).toBeGreaterThanOrEqual(4.5)
})

test.each(GROUNDS)('the focus, in brass, stands out from %s', (ground) => {
  expect(worst('brass', ground)).toBeGreaterThanOrEqual(3)
})

test('the edge of a control stands out from card, paper and well', () => {
  const share = Number(/--edge: color-mix\(in srgb, var\(--quiet\) (\d+)%, var\(--card\)\)/.exec(STYLE)?.[1]) / 100
  for (const theme of ['light', 'dark'] as const) {
    const edge = mixed(share, colours.get('quiet')?.[theme] ?? '', colours.get('card')?.[theme] ?? '')
    for (const ground of ['card', 'paper', 'well'])
      expect(contrast(edge, colours.get(ground)?.[theme] ?? ''), `${theme} ${ground}`).toBeGreaterThanOrEqual(3)
  }
})

test('no colour stands outside the tokens', () => {
  for (const name of ['style.css', 'page.js', 'assets.ts']) {
    const text = read(name).replaceAll(/\/\*.*?\*\//gs, '')
    expect(text.match(/#[\da-f]{3,8}\b(?!")|\b(?:rgba?|hsla?|oklch|oklab|lab|lch|hwb)\(/gi) ?? [], name).toEqual([])
  }
  for (const [hex] of read('favicon.svg').matchAll(/#[\da-f]{6}/g)) expect(TOKENS).toContain(hex)
})

test('every space is one of the eight', () => {
  const declarations = [...STYLE.matchAll(/^\s*((?:margin|padding|gap|row-gap|column-gap)(?:-[\w-]+)?):\s*([^;]+);/gm)]
  expect(declarations.length).toBeGreaterThan(60)
  // What is measured by a font size is no space: the Show button's room, and a box set on its line of text.
  const allowed = ['6.5rem', '0.0625rem']
  const lengths = declarations.flatMap(([text, , value = '']) =>
    (value.match(/[\d.]+(?:rem|px|ch|vw)\b/g) ?? []).map((length) => ({ text, length })),
  )
  expect(lengths.filter(({ length }) => !allowed.includes(length)).map(({ text }) => text.trim())).toEqual([])
})

test('a direction is logical', () => {
  expect(
    STYLE.match(
      /(?:margin|padding|border|inset)-(?:left|right|top|bottom)|^\s*(?:left|right|top|bottom|width|height):|text-align: (?:left|right)/gm,
    ) ?? [],
  ).toEqual([])
})

test('every file of the style sheet is served, and every file that is served exists', () => {
  for (const [, name = ''] of STYLE.matchAll(/url\("([^"]+)"\)/g)) expect(ASSETS).toHaveProperty([name])
  for (const { file, type } of Object.values(ASSETS)) {
    expect(type).toMatch(/^(?:text|font|image)\//)
    expect(readFileSync(file).length).toBeGreaterThan(100)
  }
})

test('the script is smaller than 6 kB and needs nothing that a strict policy forbids', () => {
  const script = read('page.js')
  expect(Buffer.byteLength(script)).toBeLessThan(6000)
  expect(script).not.toMatch(/innerHTML|insertAdjacentHTML|\beval\b|new Function|setAttribute\('style'|import\s/)
})
