import type { Steps } from '../http/page/page.ts'
import type { Texts } from '../texts/texts.ts'
import type { From } from './activating.ts'

/** Where one is in an activation: 1 confirm, 2 enter, 3 register. Enrolment has steps of its own. */
export function stepsOf(texts: Texts, from: From, now: 2 | 3): Steps | undefined {
  if (from === 'enrolment') return undefined
  const labels = [texts('activation.step.confirm'), texts('activation.step.enter'), texts('activation.step.register')]
  return { labels, now, label: texts('steps.label', { now, all: labels.length }) }
}
