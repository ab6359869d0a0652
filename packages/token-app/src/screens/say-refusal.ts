import type { Said } from '../texts/texts.ts'

export type Refused = { error: string; full?: boolean; takenBy?: string }

/** What any verb of the vault can say no with, whatever it was asked. */
export function sayRefusal({ error, full }: Refused): Said {
  switch (error) {
    case 'storage':
      return { text: full === true ? 'storage.full' : 'storage.failed' }
    case 'no-such-identity':
      return { text: 'identity.gone' }
    case 'vault-damaged':
      return { text: 'identity.damaged' }
    case 'changed':
      return { text: 'unlock.changed' }
    default:
      return { text: 'app.broken' }
  }
}
