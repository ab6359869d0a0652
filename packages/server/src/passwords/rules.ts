import { isSequence, smallestRepeat } from './pattern.ts'

export type PasswordRefusal = 'too-short' | 'too-long' | 'control-characters' | 'common' | 'personal' | 'repeated'

export const SHORTEST_ALONE = 15
export const SHORTEST_WITH_SECOND_FACTOR = 8
export const LONGEST = 128
/** Beside words that an attacker tries first, this many other characters have to remain. */
const SHORTEST_REMAINDER = 8
/** Shorter ones, such as initials, stand in any text by chance. */
const SHORTEST_WORD = 3

const CONTROL = /[\p{Cc}\p{Cs}]/u
const NEITHER_LETTER_NOR_DIGIT = /[^\p{L}\p{N}]/gu

/** `words`: names, addresses and sites that an attacker tries first. `isCommon` is asked with lower case. */
export type PasswordPolicy = { shortest: number; words: readonly string[]; isCommon: (text: string) => boolean }

/** Unicode's NFC and nothing else is done to a password (SP 800-63B-4, 3.1.1.2). */
export function normalisePassword(typed: string): string {
  return typed.normalize('NFC')
}

/** Whether a text could be a password at all: any other is wrong without being looked at. Its length is counted in code points. */
export function couldBePassword(password: string): boolean {
  return password.length <= 2 * LONGEST && codePoints(password) <= LONGEST && !CONTROL.test(password)
}

/** Why a new password (normalised) is refused; undefined if it is not (SP 800-63B-4, 3.1.1.2; ASVS 5.0, 6.2). */
export function refusePassword(password: string, { shortest, words, isCommon }: PasswordPolicy): PasswordRefusal | undefined {
  if (password.length > 2 * LONGEST) return 'too-long'
  const length = codePoints(password)
  if (length < shortest) return 'too-short'
  if (length > LONGEST) return 'too-long'
  if (CONTROL.test(password)) return 'control-characters'
  const plain = password.normalize('NFKC').toLowerCase()
  if (isPersonal(plain, words)) return 'personal'
  if (isCommonOrPadded(plain, isCommon)) return 'common'
  if (isSequence(plain) || codePoints(smallestRepeat(plain)) < Math.min(shortest, length)) return 'repeated'
  return undefined
}

/** As a whole, repeated, or with little beside it: `passwordpassword`, `password1234567`. */
function isCommonOrPadded(plain: string, isCommon: (text: string) => boolean): boolean {
  const bare = plain.replaceAll(NEITHER_LETTER_NOR_DIGIT, '')
  const core = bare.replaceAll(/^\p{N}+|\p{N}+$/gu, '')
  if ([plain, bare, smallestRepeat(plain), smallestRepeat(bare)].some((text) => isCommon(text))) return true
  return core !== '' && isCommon(smallestRepeat(core)) && isLittle(plain.replace(core, ''))
}

function isPersonal(plain: string, words: readonly string[]): boolean {
  const bare = plain.replaceAll(NEITHER_LETTER_NOR_DIGIT, '')
  const known = words
    .map((word) => word.normalize('NFKC').toLowerCase().replaceAll(NEITHER_LETTER_NOR_DIGIT, ''))
    .filter((word) => codePoints(word) >= SHORTEST_WORD)
    .sort((a, b) => b.length - a.length)
  const rest = known.reduce((text, word) => text.replaceAll(word, ''), bare)
  return rest !== bare && isLittle(rest)
}

/** Too little to be a password beside what is known already. */
function isLittle(rest: string): boolean {
  return codePoints(rest) < SHORTEST_REMAINDER || isSequence(rest) || codePoints(smallestRepeat(rest)) < SHORTEST_REMAINDER / 2
}

function codePoints(text: string): number {
  return Array.from(text).length
}

const FREE_FAILURES = 5
const FIRST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 15 * 60_000

/** How long the next try waits once this many have failed: none for four, then 1 s, 2 s, 4 s … 15 min. Never for ever. */
export function waitAfter(failures: number): number {
  if (failures < FREE_FAILURES) return 0
  return Math.min(FIRST_WAIT_MS * 2 ** (failures - FREE_FAILURES), LONGEST_WAIT_MS)
}
