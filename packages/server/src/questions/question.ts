import { questionTexts } from '../texts/en/questions.ts'

export type QuestionId = keyof typeof questionTexts
/** Every question that there is, in the order in which they are offered. The text is in the catalogue under the same identifier. */
export const QUESTIONS: readonly QuestionId[] = Object.keys(questionTexts).filter(isQuestion)

export function isQuestion(text: string): text is QuestionId {
  return Object.hasOwn(questionTexts, text)
}

/** The text by which answers are judged; undefined for what is no question. */
export function textOfQuestion(question: string): string | undefined {
  return isQuestion(question) ? questionTexts[question] : undefined
}
