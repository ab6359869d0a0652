import { describe, expect, test } from 'vitest'
import { isCommonAnswer } from './common-answers.ts'
import { drawPlaces } from './draw-places.ts'
import { QUESTIONS, textOfQuestion } from './question.ts'
import { isLockedAfter, normaliseAnswer, refuseAnswers, waitAfter } from './rules.ts'

const GOOD = ['Tante Ernas Kirschsuppe', 'behind the boiler', 'a lute', 'Frau Doppelmoppel', 'upside-down croquet']
const refuse = (answers: readonly string[], questions: readonly string[] = QUESTIONS) =>
  refuseAnswers(
    answers.map((answer, index) => ({ question: questions[index] ?? '', answer })),
    {
      textOf: textOfQuestion,
      words: ['alice', 'Alice Liddell', 'Liddell', 'al@example.test', 'al', 'example.test'],
      isCommon: isCommonAnswer,
    },
  )

test('answers are compared without case, spaces, punctuation and width', () => {
  for (const typed of [
    'Tante Ernas Kirschsuppe',
    ' tante  ernas-kirschsuppe!',
    'TANTE ERNAS “KIRSCHSUPPE”',
    'Ｔａｎｔｅ ernas kirschsuppe',
  ])
    expect(normaliseAnswer(typed)).toBe('tanteernaskirschsuppe')
  expect(normaliseAnswer('Straße')).toBe(normaliseAnswer('STRASSE'))
  expect(normaliseAnswer('cafe\u0301')).toBe(normaliseAnswer('café'))
  expect(normaliseAnswer('猫 と 犬')).toBe('猫と犬')
})

test('there are at least fifteen questions, each with a text', () => {
  expect(QUESTIONS.length).toBeGreaterThanOrEqual(15)
  expect(new Set(QUESTIONS.map(textOfQuestion)).size).toBe(QUESTIONS.length)
  expect(textOfQuestion('toString')).toBeUndefined()
})

describe('answers that are refused', () => {
  test('good ones are not', () => {
    expect(refuse(GOOD)).toEqual([])
  })
  test.each([
    ['', 'too-short'],
    ['ab', 'too-short'],
    ['!?… --', 'too-short'],
    ['aaaaaa', 'too-short'],
    ['x y '.repeat(200), 'too-long'],
    ['x1'.repeat(5_000_000), 'too-long'],
    ['Pizza', 'too-common'],
    ['password', 'too-common'],
    ['under the bed', 'too-common'],
    ["I don't know", 'too-common'],
    ['Jennifer', 'too-common'],
    ['FIRST dish', 'in-question'],
    ['alice', 'personal'],
    ['alice liddell', 'personal'],
    ['al@example.test', 'personal'],
  ])('%j: %s', (answer, reason) => {
    expect(refuse([answer, ...GOOD.slice(1)])).toEqual([{ place: 1, reason }])
  })
  test('one answer twice, however it is spelt; each place is named', () => {
    expect(refuse(['behind the boiler', 'Behind-the-boiler!', 'red', 'lute, a', 'x'])).toEqual([
      { place: 2, reason: 'repeated' },
      { place: 3, reason: 'too-common' },
      { place: 5, reason: 'too-short' },
    ])
  })
  test('a question twice, or one that there is not', () => {
    const [first = ''] = QUESTIONS
    expect(refuse(GOOD, [first, first, 'question.none', '__proto__', QUESTIONS[1] ?? ''])).toEqual([
      { place: 2, reason: 'question-twice' },
      { place: 3, reason: 'unknown-question' },
      { place: 4, reason: 'unknown-question' },
    ])
  })
})

test('two different places are drawn, each pair as often as any other', () => {
  const counts = new Map<string, number>()
  const draws = 20_000
  for (let draw = 0; draw < draws; draw += 1) {
    const { first, second } = drawPlaces((length) => crypto.getRandomValues(new Uint8Array(length)))
    expect(first).not.toBe(second)
    const pair = `${first}${second}`
    counts.set(pair, (counts.get(pair) ?? 0) + 1)
  }
  expect(counts.size).toBe(20)
  const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - draws / 20) ** 2 / (draws / 20), 0)
  // 19 degrees of freedom: beyond 60 once in 10^5.4.
  expect(chiSquare).toBeLessThan(60)
})

test('an hour after every third wrong round, locked after ten', () => {
  expect([1, 2, 3, 4, 5, 6, 7, 8, 9].map(waitAfter)).toEqual([0, 0, 3_600_000, 0, 0, 3_600_000, 0, 0, 3_600_000])
  expect([1, 9, 10, 11].map(isLockedAfter)).toEqual([false, false, true, true])
})
