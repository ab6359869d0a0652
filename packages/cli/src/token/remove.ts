import { printSerialNumber } from '@latchkey/protocol/codes/serial-number'
import { renameIdentity } from '@latchkey/soft-token/identity/change-identity'
import type { IdentitySummary } from '@latchkey/soft-token/identity/list-identities'
import { removeIdentity } from '@latchkey/soft-token/identity/remove-identity'
import type { Person } from '../terminal/person.ts'
import { type Answer, refuse } from './answer.ts'
import type { Vault } from './vault.ts'

/** `latchkey token remove`: there is no way back but a new activation, so a person at a screen is asked. `label` is undefined for an unreadable one. */
export async function remove(
  vault: Vault,
  person: Person,
  identity: Pick<IdentitySummary, 'serial'> & { label?: string },
): Promise<Answer> {
  const serialNumber = printSerialNumber(identity.serial)
  const name = identity.label ?? serialNumber
  const question = `Remove ${name} (${serialNumber}) for good? You would have to re-create the token in self-administration.`
  if (person.screen !== undefined && !(await person.screen.askYesNo(question, false))) {
    return { ok: true, json: { name, removed: false }, lines: ['Nothing was removed.'] }
  }
  const removed = await removeIdentity(vault.platform, identity.serial)
  if (!removed) return refuse({ error: 'no-such-identity' })
  return { ok: true, json: { name, serialNumber, removed: true }, lines: [`${name} is removed.`] }
}

/** `latchkey token rename`. `label` has passed `nameOf`. */
export async function rename(vault: Vault, identity: IdentitySummary, label: string): Promise<Answer> {
  const renamed = await renameIdentity(vault.platform, identity.serial, label)
  if (!renamed.ok) return refuse(renamed.error === 'name-taken' ? { error: 'name-taken', takenBy: 'name' } : renamed)
  return {
    ok: true,
    json: { name: label, serialNumber: printSerialNumber(identity.serial) },
    lines: [`${identity.label} is now ${label}.`],
  }
}
