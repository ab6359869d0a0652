import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ICONS } from './icons.ts'

test.each(Object.entries(ICONS))('%s is drawn as the icon set draws it', (name, svg) => {
  const file = readFileSync(new URL(import.meta.resolve(`lucide-static/icons/${name}.svg`)), 'utf8')
  const inside = /<svg[^>]*>(.*)<\/svg>/s.exec(file)?.[1] ?? ''
  expect(svg).toBe(inside.replaceAll(/\n\s*/g, ''))
})
