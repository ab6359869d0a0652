import { DRAWINGS } from '@latchkey/design/drawings'
import { ICONS } from '@latchkey/design/icons'
import type { VNode } from 'preact'
import { expect, test } from 'vitest'
import { shapesOf } from './drawn.tsx'

function print({ type, props }: VNode): string {
  const attributes = Object.entries(props).filter(([name]) => name !== 'children')
  return `<${String(type)}${attributes.map(([name, value]) => ` ${name}="${String(value)}"`).join('')} />`
}

test('every drawing and every icon becomes elements without losing a stroke', () => {
  for (const svg of [...DRAWINGS.map((drawing) => drawing.svg), ...Object.values(ICONS)])
    expect(shapesOf(svg).map(print).join('')).toBe(svg)
})
