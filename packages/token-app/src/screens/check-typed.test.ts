import { parseSerialNumber } from '@latchkey/protocol/codes/serial-number'
import { describe, expect, test } from 'vitest'
import { say } from '../texts/texts.ts'
import { checkCode, checkSerial, hintOf } from './check-typed.ts'

const CODE = '08JS-0VHX-VF3B-D38Y-V65R'
const parsed = parseSerialNumber('04829-15736')
if (!parsed.ok) throw new Error('no serial number')
const SERIAL = parsed.serial

function hinted(typed: string): string {
  const hint = hintOf(checkCode('activation', SERIAL, typed))
  return hint === undefined ? '' : say(hint.said)
}

describe('while a code is typed', () => {
  test('nothing is said until there is something to say', () => {
    for (let length = 1; length < CODE.length; length += 1) expect(hinted(CODE.slice(0, length))).toBe('')
    expect(hinted(CODE)).toBe('Typed right.')
    expect(hintOf(checkSerial('04829-15'))).toBeUndefined()
  })

  test.each([
    ['a character that no code has, at once', '08JU', '“U” is no character of a code. Look at place 4.'],
    [
      'one wrong character, with its place',
      '08JS-0VHX-VF4B-D38Y-V65R',
      'There is a typing error: look at the third group, perhaps at its third character, the 4.',
    ],
    ['one too many', `${CODE}0`, 'The code has 20 characters; here are 21.'],
    ['the code of another token', '08JS-0VHX-VF3B-D38Y-65RV', undefined],
  ])('%s', (_, typed, said) => {
    const hint = hinted(typed)
    expect(hint).not.toBe('Typed right.')
    if (said !== undefined) expect(hint).toBe(said)
    else expect(hint).toMatch(/typing error/)
  })

  test('a wrong digit of the serial number is looked for there', () => {
    const other = parseSerialNumber('04829-15738')
    if (!other.ok) throw new Error('no serial number')
    const checked = checkCode('activation', other.serial, CODE)
    expect(checked.ok ? '' : say(checked.hint.said)).toBe(
      'There is a typing error: look at the serial number, second group, perhaps at its fifth digit, the 8.',
    )
  })

  test.each(['0482915736', ' 04829 15736 ', '04829–15736', 'O4829-I5736'])('a serial number is taken in any shape: %s', (typed) => {
    expect(checkSerial(typed)).toEqual({ ok: true, value: SERIAL })
  })
})
