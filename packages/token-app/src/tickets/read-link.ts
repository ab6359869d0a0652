/** What stands behind the `#` of an address of this app. */
export type Link = { kind: 'none' } | { kind: 'half' } | { kind: 'ticket'; ticket: string }

/** 128 bits, base64url (STP-1, 2). */
const TICKET = /^[A-Za-z0-9_-]{22}$/
const PATH = '#/activate'

/** Reads the fragment of an address: a whole ticket, half of one, or nothing that concerns an activation. */
export function readLink(fragment: string): Link {
  const [path = '', query = ''] = fragment.split('?')
  if (path !== PATH) return { kind: 'none' }
  const ticket = new URLSearchParams(query).get('ticket') ?? ''
  return TICKET.test(ticket) ? { kind: 'ticket', ticket } : { kind: 'half' }
}

/** What a QR code says to this app: only a link to its own origin counts. */
export function readScanned(text: string, origin: string): Link {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url?.origin === origin ? readLink(url.hash) : { kind: 'none' }
}
