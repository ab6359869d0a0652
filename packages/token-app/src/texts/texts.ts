import { en } from './en.ts'

export type TextId = keyof typeof en
type Values = Readonly<Record<string, string | number>>
export type Said = { text: TextId; values?: Values }

/** The languages that there is a catalogue for, by their tags (BCP 47). */
const CATALOGUES: Readonly<Record<string, Readonly<Record<TextId, string>>>> = { en }

/** The first language of the reader's list that there is a catalogue for. */
export const LANGUAGE = navigator.languages.map((tag) => tag.slice(0, 2)).find((tag) => tag in CATALOGUES) ?? 'en'
const catalogue = CATALOGUES[LANGUAGE] ?? en

/** A text of the catalogue, `{…}` filled in. */
export function t(id: TextId, values: Values = {}): string {
  return catalogue[id].replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}

export function say({ text, values }: Said): string {
  return t(text, values)
}
