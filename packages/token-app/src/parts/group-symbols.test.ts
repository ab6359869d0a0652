import { expect, test } from 'vitest'
import { groupSymbols } from './group-symbols.ts'

const FOUR = [4, 4, 4]

test.each([
  ['FABMR', 'FABM-R'],
  ['fabm r9v5', 'fabm-r9v5'],
  [' FABM–R9V5–0000 ', 'FABM-R9V5-0000'],
  ['FABMR9V500001', 'FABM-R9V5-0000-1'],
])('groups stand apart while a code is typed or pasted: %s', (typed, shown) => {
  expect(groupSymbols(typed, typed.length, FOUR)).toEqual({ value: shown, caret: shown.length })
})

test('the caret stays at the symbol that it was at', () => {
  expect(groupSymbols('FABXM-R9V5', 4, FOUR)).toEqual({ value: 'FABX-MR9V-5', caret: 4 })
  expect(groupSymbols('FABMXR9V5', 5, FOUR)).toEqual({ value: 'FABM-XR9V-5', caret: 6 })
})

test('what is no code is left as it was typed, for its place to be told', () => {
  expect(groupSymbols('FAB;MR', 6, FOUR)).toEqual({ value: 'FAB;MR', caret: 6 })
})
