import type { SerialNumber } from '@latchkey/protocol/codes/serial-number'
import { openDatabase } from './open-database.ts'
import { storageRefusal } from './storage-refusal.ts'
import type { Lost } from './vault.ts'

/** Taken off the list: what was removed or forgotten is not lost, though the page's own notes may be older than that. */
export const OFF_THE_LIST = null
/** Labels by serial number. */
export type Known = ReadonlyMap<SerialNumber, string | typeof OFF_THE_LIST>

/** The identities that are, or were, in this browser, by name: kept apart from their files, so that it shows when those are gone. */
export async function knownIdentities(): Promise<Known> {
  const database = await openDatabase()
  const { store } = database.transaction('known')
  const [serials, labels] = await Promise.all([store.getAllKeys(), store.getAll()])
  return new Map(serials.map((serial, index) => [serial, labels[index] ?? OFF_THE_LIST]))
}

export async function know({ serial, label }: Lost): Promise<void> {
  await (await openDatabase()).put('known', label, serial)
}

/** Takes an identity off the list, and keeps that it was; without room for it, the list still loses it. */
export async function knowNoMore(serial: SerialNumber): Promise<void> {
  const database = await openDatabase()
  try {
    await database.put('known', OFF_THE_LIST, serial)
  } catch (error) {
    if (storageRefusal(error)?.full !== true) throw error
    await database.delete('known', serial)
  }
}

/** Writes down what is not yet known as it is. */
export async function knowAll(all: Lost[]): Promise<void> {
  const known = await knownIdentities()
  for (const one of all) if (known.get(one.serial) !== one.label) await know(one)
}
