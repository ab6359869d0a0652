import { dictionary } from '@zxcvbn-ts/language-common'

const COMMON: ReadonlySet<string> = new Set(dictionary['passwords-common'])

/** Whether a text (lower case) is among the passwords that are found most often in breaches. */
export function isCommonPassword(text: string): boolean {
  return COMMON.has(text)
}
