import { accountTexts } from './en/account.ts'
import { actionTexts } from './en/actions.ts'
import { activationTexts } from './en/activation.ts'
import { apiTexts } from './en/api.ts'
import { mailTexts } from './en/mail.ts'
import { mailedCodeTexts } from './en/mailed-codes.ts'
import { noticeTexts } from './en/notice.ts'
import { oidcTexts } from './en/oidc.ts'
import { pageTexts } from './en/pages.ts'
import { questionTexts } from './en/questions.ts'
import { recoveryTexts } from './en/recovery.ts'
import { signInTexts } from './en/sign-in.ts'

const en = {
  ...accountTexts,
  ...actionTexts,
  ...activationTexts,
  ...mailedCodeTexts,
  ...questionTexts,
  ...recoveryTexts,
  ...apiTexts,
  ...noticeTexts,
  ...oidcTexts,
  ...mailTexts,
  ...pageTexts,
  ...signInTexts,
}
/** The languages that there is a catalogue for, by their tags (BCP 47). */
const CATALOGUES: Readonly<Record<string, Readonly<Record<TextId, string>>>> = { en }

export type TextId = keyof typeof en
type Values = Readonly<Record<string, string | number>>
/** A text of a catalogue, `{…}` filled in. Not escaped: whoever prints it as HTML does that. */
export type Texts = (id: TextId, values?: Values) => string

/** The tags of the languages that people may choose. */
export const LOCALES: readonly string[] = Object.keys(CATALOGUES)

/** The catalogue of a language, or English. */
export function textsFor(locale: string): Texts {
  const catalogue = CATALOGUES[locale] ?? en
  return (id, values = {}) => catalogue[id].replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}

/** A moment with its time zone, in full: `Monday, 21 September 2026 at 16:13:30 CEST`. */
export function sayMoment(ms: number, locale: string, timeZone: string): string {
  return new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : locale, { dateStyle: 'full', timeStyle: 'long', timeZone }).format(ms)
}

/** A moment in a table: `21 Sept 2026, 16:13`. */
export function sayShortMoment(ms: number, locale: string, timeZone: string): string {
  return new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : locale, { dateStyle: 'medium', timeStyle: 'short', timeZone }).format(ms)
}
