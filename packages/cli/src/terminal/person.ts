import type { View } from './live-view.ts'

/**
 * Whoever answers: a person at a screen, or lines on standard input. Answers at a screen have passed `check`; lines have not been looked at.
 */
export type Person = {
  askCode: (question: CodeQuestion) => Promise<string>
  askSecret: (message: string, check: (typed: string) => string | undefined) => Promise<string>
  /** A place for pictures, choices and second tries; undefined for a pipe. */
  screen: Screen | undefined
}

/** `check` says what is wrong with what is typed. `length` counts symbols. */
export type CodeQuestion = { message: string; length: number; check: (typed: string) => string | undefined }

export type Screen = {
  /** Text in a frame, to be read. */
  note: (text: string, title: string) => void
  /** What just went wrong, before the same question again. */
  warn: (line: string) => void
  askYesNo: (message: string, initial: boolean) => Promise<boolean>
  askWhich: <T extends string>(message: string, options: readonly Option<T>[]) => Promise<T>
  showLive: (view: View) => Promise<boolean>
}
export type Option<T extends string> = { value: T; label: string; hint: string }

/** The person pressed Ctrl-C or Escape at a question. */
export class Cancelled extends Error {}
/** Standard input ended before every question was answered: wrong usage. */
export class NoAnswer extends Error {}
