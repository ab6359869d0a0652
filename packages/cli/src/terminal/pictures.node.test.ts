import { expect, test } from 'vitest'
import { canShowGlyphs, sayPicture } from './pictures.ts'

const PICTURE = { first: 0, second: 31 }

test('a picture is two names, with glyphs where the terminal can show them', () => {
  expect(sayPicture(PICTURE, { TERM: 'xterm', LANG: 'en_US.UTF-8', WT_SESSION: '1' })).toBe('🔑 key   ☔ umbrella')
  expect(sayPicture(PICTURE, { TERM: 'dumb', LANG: 'en_US.UTF-8' })).toBe('key   umbrella')
})

test.each([
  [{ TERM: 'linux', LANG: 'C.UTF-8' }, false],
  [{ TERM: 'dumb', LANG: 'C.UTF-8' }, false],
])('%j shows glyphs: %s', (environment, shows) => {
  expect(canShowGlyphs(environment)).toBe(shows)
})
