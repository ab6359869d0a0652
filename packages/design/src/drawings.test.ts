import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { DRAWINGS } from './drawings.ts'

test('there are 32 drawings, each with a one-word name and a glyph of its own', () => {
  expect(DRAWINGS).toHaveLength(32)
  for (const part of ['name', 'glyph', 'icon', 'svg'] as const) expect(new Set(DRAWINGS.map((drawing) => drawing[part])).size).toBe(32)
  for (const { name } of DRAWINGS) expect(name).toMatch(/^[a-z]+$/)
})

test.each(DRAWINGS.map((drawing) => [drawing.name, drawing] as const))('%s is drawn as the icon set draws it', (_name, { icon, svg }) => {
  const file = readFileSync(new URL(import.meta.resolve(`lucide-static/icons/${icon}.svg`)), 'utf8')
  const inside = /<svg[^>]*>(.*)<\/svg>/s.exec(file)?.[1] ?? ''
  expect(svg).toBe(inside.replaceAll(/\n\s*/g, ''))
})
