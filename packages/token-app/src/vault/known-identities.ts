import type { SerialNumber } from '@latchkey/protocol/codes/serial-number'
import { openDatabase } from './open-database.ts'
import type { Lost } from './vault.ts'

/** The identities that are, or were, in this browser, by name: kept apart from their files, so that it shows when those are gone. */
export async function knownIdentities(): Promise<Lost[]> {
  const database = await openDatabase()
  const { store } = database.transaction('known')
  const [serials, labels] = await Promise.all([store.getAllKeys(), store.getAll()])
  return serials.map((serial, index) => ({ serial, label: labels[index] ?? '' }))
}

export async function know({ serial, label }: Lost): Promise<void> {
  await (await openDatabase()).put('known', label, serial)
}

export async function knowNoMore(serial: SerialNumber): Promise<void> {
  await (await openDatabase()).delete('known', serial)
}

/** Writes down what is not yet known as it is. */
export async function knowAll(all: Lost[]): Promise<void> {
  const known = new Map((await knownIdentities()).map(({ serial, label }) => [serial, label]))
  for (const one of all) if (known.get(one.serial) !== one.label) await know(one)
}
