import type { Context } from '../context.ts'
import type { Steps } from '../http/page/page.ts'
import type { TextId, Texts } from '../texts/texts.ts'
import type { From } from './activating.ts'

const ACTIVATION = ['activation.step.confirm', 'activation.step.enter', 'activation.step.register'] as const
const ENROLMENT = ['enrolment.step.password', 'enrolment.step.questions', 'enrolment.step.codes', 'enrolment.step.token'] as const
export type EnrolmentStep = (typeof ENROLMENT)[number]

/** Where one is in an activation: 1 confirm, 2 enter, 3 register. In enrolment the whole of it is the last step. */
export function stepsOf(texts: Texts, ctx: Context, from: From, now: 1 | 2 | 3): Steps {
  return from === 'enrolment' ? enrolmentSteps(texts, ctx, 'enrolment.step.token') : drawn(texts, ACTIVATION, now)
}

/** Where one is between the invitation and the token. */
export function enrolmentSteps(texts: Texts, ctx: Context, at: EnrolmentStep): Steps {
  const asked = ctx.config.recovery.proofs.includes('security-questions')
  const steps = ENROLMENT.filter((step) => asked || step !== 'enrolment.step.questions')
  return drawn(texts, steps, steps.indexOf(at) + 1)
}

function drawn(texts: Texts, labels: readonly TextId[], now: number): Steps {
  return { labels: labels.map((id) => texts(id)), now, label: texts('steps.label', { now, all: labels.length }) }
}
