import { fold } from '../users/fold.ts'

export type AnswerRefusal =
  | 'unknown-question'
  /** The question was chosen twice. */
  | 'question-twice'
  | 'too-short'
  | 'too-long'
  | 'too-common'
  /** The answer was given twice. */
  | 'repeated'
  | 'in-question'
  /** It is a name or an address of the person. */
  | 'personal'
/** `place` counts from 1, as the questions on the page do. */
export type PlacedRefusal = { place: number; reason: AnswerRefusal }
export type TypedAnswer = { question: string; answer: string }

export const PLACES = 5
const SHORTEST = 3
const LONGEST = 200
/** Whoever types more is not looked at any closer. */
const LONGEST_TYPED = 1_000

/** What is compared: NFKC, case folded, letters and digits of any script only. */
export function normaliseAnswer(typed: string): string {
  return fold(typed.slice(0, LONGEST_TYPED)).replaceAll(/[^\p{L}\p{N}\p{M}]/gu, '')
}

/** What answers are judged by: `textOf` gives a known question's text, `words` are the person's names and addresses. */
export type AnswerPolicy = {
  textOf: (question: string) => string | undefined
  words: readonly string[]
  isCommon: (normalised: string) => boolean
}

/** Why answers are refused, for each place that is; an empty list if they are not. */
export function refuseAnswers(typed: readonly TypedAnswer[], policy: AnswerPolicy): PlacedRefusal[] {
  return typed.flatMap((one, index) => {
    const reason = refuseOne(one, typed.slice(0, index), policy)
    return reason === undefined ? [] : [{ place: index + 1, reason }]
  })
}

function refuseOne(
  { question, answer }: TypedAnswer,
  before: readonly TypedAnswer[],
  { textOf, words, isCommon }: AnswerPolicy,
): AnswerRefusal | undefined {
  const text = textOf(question)
  if (text === undefined) return 'unknown-question'
  if (before.some((other) => other.question === question)) return 'question-twice'
  const normalised = normaliseAnswer(answer)
  const length = Array.from(normalised).length
  if (answer.length > LONGEST_TYPED || length > LONGEST) return 'too-long'
  if (length < SHORTEST || new Set(normalised).size === 1) return 'too-short'
  if (before.some((other) => normaliseAnswer(other.answer) === normalised)) return 'repeated'
  if (normaliseAnswer(text).includes(normalised)) return 'in-question'
  if (words.some((word) => normaliseAnswer(word) === normalised)) return 'personal'
  return isCommon(normalised) ? 'too-common' : undefined
}

/** Two different places, of 20 pairs (in either order) equally likely ones. `draw` gives a whole number below its argument. */
export function drawPair(draw: (below: number) => number): { first: number; second: number } {
  const first = draw(PLACES)
  const second = draw(PLACES - 1)
  return { first: first + 1, second: second + (second >= first ? 1 : 0) + 1 }
}

const ROUNDS_BEFORE_WAIT = 3
const ROUNDS_BEFORE_LOCK = 10
const WAIT_MS = 3_600_000

/** After this many wrong rounds the way in is locked until the help desk opens it. */
export function isLockedAfter(wrongRounds: number): boolean {
  return wrongRounds >= ROUNDS_BEFORE_LOCK
}

/** How long the next round waits: an hour after every third wrong one. */
export function waitAfter(wrongRounds: number): number {
  return wrongRounds % ROUNDS_BEFORE_WAIT === 0 ? WAIT_MS : 0
}
