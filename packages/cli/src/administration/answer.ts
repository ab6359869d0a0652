/** What a command ends with: the object for `--json` and the lines for a person, or a refusal. */
export type Answer = { ok: true; json: unknown; lines: readonly string[] } | RefusedAnswer
/** `error` is what programs read, `line` what people read: what happened, and what to do. `lines`: what could be said all the same. */
export type RefusedAnswer = { ok: false; error: string; line: string; json?: object; lines?: readonly string[] }

export function refuse(error: string, line: string): RefusedAnswer {
  return { ok: false, error, line }
}
