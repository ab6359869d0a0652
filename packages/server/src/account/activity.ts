import { accountTexts } from '../texts/en/account.ts'
import type { TextId, Texts } from '../texts/texts.ts'

/** An audit event in plain words; `kind` is how its outcome looks. */
export type SaidActivity = { what: string; outcome: string; kind: 'good' | 'bad' | 'quiet' }

type ActivityText = Extract<TextId, `activity.${string}`>

/** Outcomes of something that was done. One that is not here is a refusal: nothing looks done that was not. */
const DONE = new Set([
  'active',
  'added',
  'brought-back',
  'complete',
  'disabled',
  'enabled',
  'ended',
  'issued',
  'made',
  'mailed',
  'opened',
  'provisional',
  'renamed',
  'renewed',
  'replaced',
  'reset',
  'resumed',
  'resynchronised',
  'saved',
  'sent',
  'set',
  'signed-in',
  'suspended',
  'unlock-code',
  'unlock-code-again',
  'verified',
  'voided',
])
/** A secret was tried, and was right. */
const RIGHT = new Set(['accepted', 'right'])
/** Words of their own. */
const REFUSED: Readonly<Record<string, ActivityText>> = {
  waiting: 'activity.outcome.waiting',
  locked: 'activity.outcome.locked',
  replayed: 'activity.outcome.replayed',
  'old-copy': 'activity.outcome.old-copy',
  expired: 'activity.outcome.expired',
  mistyped: 'activity.outcome.mistyped',
  wrong: 'activity.outcome.wrong',
  'wrong-code': 'activity.outcome.wrong',
  'no-token': 'activity.outcome.no-token',
  'doors-shut': 'activity.outcome.doors-shut',
  'too-many': 'activity.outcome.too-many',
  'too-many-today': 'activity.outcome.too-many',
  'last-factor': 'activity.outcome.last-factor',
}

/** Says an event of the audit log; `tokens.suspend` has outcomes that are reasons. */
export function sayActivity(texts: Texts, { action, outcome }: { action: string; outcome: string }): SaidActivity {
  const id = `activity.${action}`
  const what = texts(isActivityText(id) ? id : 'activity.other')
  if (REASONS.has(action) && outcome !== 'no-such-token') return { what, outcome: texts('activity.outcome.done'), kind: 'quiet' }
  const refused = REFUSED[outcome]
  if (refused !== undefined) return { what, outcome: texts(refused), kind: 'bad' }
  if (RIGHT.has(outcome)) return { what, outcome: texts('activity.outcome.right'), kind: 'good' }
  if (DONE.has(outcome)) return { what, outcome: texts('activity.outcome.done'), kind: 'good' }
  return { what, outcome: texts('activity.outcome.refused'), kind: 'bad' }
}

/** Whatever their outcome, they happened: it names the reason or what it was about. */
const REASONS = new Set([
  'tokens.suspend',
  'tokens.shut-doors',
  'tokens.end-activation',
  'notices.repudiate',
  'sessions.start',
  'sessions.raise',
  'sessions.end',
])

export function isActivityText(id: string): id is ActivityText {
  return id.startsWith('activity.') && Object.hasOwn(accountTexts, id)
}
