import { html, raw } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'

/** Markup that is safe to send. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>

/** A text in the reader's language (escaped where it is put in), or markup, or several of them one after the other. */
export type Content = string | Html | readonly Content[]

export type AttributeValue = string | number | boolean | undefined

/** ` name="value"` for each: `true` gives the bare name; `false` and undefined give nothing. Names are ours, values are escaped. */
export function attributes(list: Readonly<Record<string, AttributeValue>>): Html {
  const present = Object.entries(list).filter(([, value]) => value !== undefined && value !== false)
  return html`${present.map(([name, value]) => (value === true ? raw(` ${name}`) : html` ${raw(name)}="${value}"`))}`
}

/** Ids separated by spaces, as `aria-describedby` wants them; undefined where there are none. */
export function idList(...ids: readonly (string | false | undefined)[]): string | undefined {
  const present = ids.filter((id) => id !== undefined && id !== false && id !== '')
  return present.length > 0 ? present.join(' ') : undefined
}
