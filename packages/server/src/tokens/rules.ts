/** Wrong codes in a row that cost nothing but the try. */
const FREE_FAILURES = 5
const FIRST_WAIT_MS = 30_000
const HOUR_MS = 3_600_000
export const DAY_MS = 24 * HOUR_MS

/**
 * Up to so many wrong codes in a row, as people type them, a right one at a bare door is still ordinary (docs/decisions/0014): whoever judges on
 * what was read adds to them no more than the one code that each server has in hand.
 */
export const ORDINARY_FAILURES = 2

/** After the fifth wrong code in a row 30 s, doubling to an hour. Milliseconds. */
export function waitAfter(failures: number): number {
  if (failures < FREE_FAILURES) return 0
  return Math.min(FIRST_WAIT_MS * 2 ** (failures - FREE_FAILURES), HOUR_MS)
}

/** Wrong codes of this long count towards the budget, which no success refills. */
export const BUDGET_MS = 30 * DAY_MS
/** The owner is told, and an hour lies between wrong tries. */
export const WARN_AT = 20
/** The tokens are suspended, or the bare doors shut. */
export const BUDGET = 40
/** Bare doors shut after so many in a row too, however slowly they came: a stranger alone never reaches `HARD_CAP`. */
export const DOORS_SHUT_IN_A_ROW = 60
/** Wrong codes in a row, of all doors together, after which tokens are suspended. */
export const HARD_CAP = 100

/** Counts after a wrong code, itself included. `failures` and `doorFailures` are in a row; `inBudget` are those of this kind of door in 30 days. */
export type Counts = { bare: boolean; failures: number; doorFailures: number; inBudget: number }
export type Consequence = { waitMs: number; warn: boolean; shutDoors: boolean; suspend: boolean }

/** What follows a wrong code. Whoever knows a user name and nothing else can make a person's bare doors shut, and no more. */
export function consequenceOf({ bare, failures, doorFailures, inBudget }: Counts): Consequence {
  const warn = inBudget >= WARN_AT
  const inARow = bare ? doorFailures : failures
  return {
    waitMs: Math.max(waitAfter(inARow), warn ? HOUR_MS : 0),
    warn,
    shutDoors: bare && (inBudget >= BUDGET || doorFailures >= DOORS_SHUT_IN_A_ROW),
    suspend: (!bare && inBudget >= BUDGET) || failures + doorFailures >= HARD_CAP,
  }
}

/** Owners are told of the same thing again after this long, at the earliest. */
export const TELL_AGAIN_MS = 24 * HOUR_MS
/** A retired key set is recognised this long. */
export const RETIRED_KEPT_MS = 90 * DAY_MS
/** An ended token can be brought back this long. */
export const ENDED_KEPT_MS = 7 * DAY_MS

/** Registration codes that an activation evaluates (STP-1, 2, step 1). */
export const ACTIVATION_TRIES = 5
/** Different PIN reset codes and wrong proofs that a token has in `RESET_WINDOW_MS` (STP-1, 5). */
export const RESET_TRIES = 5
export const RESET_WINDOW_MS = 24 * HOUR_MS

const LONGEST_TYPED = 32
const SECURITY_CODE = /^(?:[0-9]{6}|[0-9]{8}|[0-9]{3} [0-9]{3}|[0-9]{4} [0-9]{4})$/

/** A security code as it was typed or shown (`051 246`): 6 or 8 ASCII digits; undefined for anything else, which costs nothing. */
export function readSecurityCode(typed: string): string | undefined {
  if (typed.length > LONGEST_TYPED) return undefined
  const trimmed = typed.replace(/^ +| +$/g, '')
  return SECURITY_CODE.test(trimmed) ? trimmed.replace(' ', '') : undefined
}

const SPOILS_A_LINE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u
const LONGEST_LABEL = 40

/** A label as it is kept: NFC, trimmed. Undefined if it is empty, longer than 40 characters or could spoil a line. */
export function labelOf(typed: string): string | undefined {
  const label = typed.normalize('NFC').trim()
  const usable = label.length > 0 && Array.from(label).length <= LONGEST_LABEL && !SPOILS_A_LINE.test(label)
  return usable ? label : undefined
}
