/** Where somebody is in self-administration: behind the password, or behind a proof as well. */
export type SelfAdministrationState = 'confirm' | 'open' | 'ended'
export type SelfAdministrationEvent = 'proof-right' | 'over'

/** The state after an event; a proof opens once, and what ended stays so. */
export function advance(state: SelfAdministrationState, event: SelfAdministrationEvent): SelfAdministrationState | 'out-of-order' {
  if (state === 'ended') return 'out-of-order'
  if (event === 'over') return 'ended'
  return state === 'confirm' ? 'open' : 'out-of-order'
}

/** A session's state is read from its row: what was proved, and whether it is over. */
export function stateOf(session: { proof: string | undefined } | undefined): SelfAdministrationState {
  if (session === undefined) return 'ended'
  return session.proof === undefined ? 'confirm' : 'open'
}
