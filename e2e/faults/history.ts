/** One security code that was sent to a server, as its client saw it. Times are milliseconds of the client's steady clock. */
export type Attempt = {
  person: string
  /** The time step that the code belongs to; undefined for a code that is right in none. */
  step: number | undefined
  sentAt: number
  endedAt: number
  /** `unknown`: no answer came, or one that promises nothing. */
  outcome: 'accepted' | 'refused' | 'unknown'
  /** The server's name for the request: the audit log has it too. */
  request: string | undefined
}

/** Something that a server said it had changed, and when it had said so. */
export type Change = { at: number } & (
  | { kind: 'key-made' | 'key-ended'; id: string }
  | { kind: 'suspended'; person: string }
  /** A block of the audit log that was read as committed. */
  | { kind: 'checkpoint'; text: string }
)

/** All that clients saw of a run. */
export type History = { attempts: Attempt[]; changes: Change[] }

/** What the database holds after a run. */
export type Records = {
  people: ReadonlyMap<string, PersonRecord>
  /** What the audit log says of validated codes, in its order. */
  validations: readonly Validation[]
  /** By id: whether it was ended. */
  apiKeys: ReadonlyMap<string, { ended: boolean }>
  chain: { whole: boolean; flaw: string | undefined }
}
export type PersonRecord = {
  suspended: boolean
  /** Step that was accepted last. */
  lastStep: number | undefined
  /** Wrong codes since the last accepted one, as the doors for programs count them. */
  doorFailures: number
  /** The same, as the token counts them. */
  tokenAttempts: number
  /** Wrong codes that count towards the budget. */
  wrongCodes: number
  /** Wrong codes since the last sign-in with both factors. */
  wrongSinceSuccess: number
}
export type Validation = { person: string; outcome: string; request: string }
