import { z } from 'zod'
import type { Context } from '../context.ts'
import type { Flash } from '../http/flash.ts'
import { readForm } from '../http/form.ts'
import { selectField, textField } from '../http/page/fields.ts'
import type { Content } from '../http/page/html.ts'
import { form, primaryButton } from '../http/page/parts.ts'
import { callerOf, type Request } from '../http/request.ts'
import type { SessionId, UserId } from '../ids.ts'
import { QUESTIONS } from '../questions/question.ts'
import { PLACES } from '../questions/rules.ts'
import { setQuestions } from '../questions/set-questions.ts'

const PLACE_NUMBERS = Array.from({ length: PLACES }, (_, index) => index + 1)
const QuestionsForm = z.record(z.string(), z.string().max(2_000))

/** Five questions to choose and answer. After a refusal the choices are kept, the answers are not. */
export function questionsStep(request: Request, action: string, flash: Flash | undefined): Content {
  const { texts } = request.get('facts')
  const options = QUESTIONS.map((value) => ({ value, text: texts(value) }))
  const fields = PLACE_NUMBERS.flatMap((n) => [
    selectField({
      name: `question-${n}`,
      label: texts('questions.question', { n }),
      options,
      value: flash?.typed?.[`question-${n}`],
      choose: texts('questions.choose'),
    }),
    textField({
      name: `answer-${n}`,
      label: texts('questions.answer', { n }),
      autocomplete: 'off',
      spellcheck: false,
      invalid: flash?.field === `answer-${n}`,
    }),
  ])
  return form({ action, checking: texts('checking'), body: [...fields, primaryButton(texts('button.continue'))] })
}

/** Takes five questions and answers; what stands against them comes back, else undefined. `keep`: the sessions of this browser go on. */
export async function takeQuestions(
  request: Request,
  ctx: Context,
  { user, session }: { user: UserId; session: SessionId },
  keep: readonly SessionId[],
): Promise<Flash | 'session-over' | undefined> {
  const fields = await readForm(request, QuestionsForm)
  const typed = PLACE_NUMBERS.map((n) => ({ question: fields[`question-${n}`] ?? '', answer: fields[`answer-${n}`] ?? '' }))
  const set = await setQuestions(ctx, callerOf(request), user, typed, { keep, acting: session })
  if (set.outcome === 'session-over') return set.outcome
  if (set.outcome !== 'refused') return undefined
  const [first] = set.refusals
  const { texts } = request.get('facts')
  const place = first?.place ?? 1
  return {
    kind: 'refusal',
    text: 'questions.refused',
    values: { place, reason: texts(`questions.refused.${first?.reason ?? 'too-short'}`) },
    field: `answer-${place}`,
    typed: Object.fromEntries(typed.map(({ question }, index) => [`question-${index + 1}`, question])),
  }
}
