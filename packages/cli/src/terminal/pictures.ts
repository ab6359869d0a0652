import { DRAWINGS } from '@latchkey/design/drawings'
import type { Picture } from '@latchkey/soft-token/vault/pin-box'

/** The two drawings of a PIN: by name, with a glyph where the terminal can show one. For a screen only, never for a pipe. */
export function sayPicture(picture: Picture, environment: Readonly<Record<string, string | undefined>>): string {
  const glyphs = canShowGlyphs(environment)
  return [picture.first, picture.second]
    .map((number) => DRAWINGS[number])
    .map((drawing) => (drawing === undefined ? '' : glyphs ? `${drawing.glyph} ${drawing.name}` : drawing.name))
    .join('   ')
}

/** The Linux console and dumb terminals have no glyphs, nor has a locale that is not UTF-8. */
export function canShowGlyphs(environment: Readonly<Record<string, string | undefined>>): boolean {
  const { TERM = '', LC_ALL, LC_CTYPE, LANG } = environment
  if (TERM === 'linux' || TERM === 'dumb') return false
  return process.platform === 'win32' ? environment.WT_SESSION !== undefined : /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '')
}
