import type { SerialNumber } from '@latchkey/protocol/codes/serial-number'
import type { listIdentities } from '@latchkey/soft-token/identity/list-identities'
import type { VaultDatabase } from './open-database.ts'
import type { Listing } from './vault.ts'

type Found = Awaited<ReturnType<typeof listIdentities>>
export type Known = [serial: SerialNumber, label: string][]

/** What is there, beside what was there: an identity that is known and has no file was taken away by the browser. */
export async function withLosses(database: VaultDatabase, { identities, unreadable }: Found): Promise<Listing> {
  const known = new Map(await knownIdentities(database))
  for (const { serial, label } of identities) {
    if (known.get(serial) !== label) await database.put('known', label, serial)
  }
  const here = new Set([...identities, ...unreadable].map(({ serial }) => serial))
  const lost = Array.from(known, ([serial, label]) => ({ serial, label })).filter(({ serial }) => !here.has(serial))
  return { identities, unreadable: unreadable.map((one) => ({ ...one, label: known.get(one.serial) })), lost }
}

export async function knownIdentities(database: VaultDatabase): Promise<Known> {
  const serials = await database.getAllKeys('known')
  return Promise.all(serials.map(async (serial): Promise<Known[number]> => [serial, (await database.get('known', serial)) ?? '']))
}
