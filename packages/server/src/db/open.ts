import type { Database } from './database.ts'
import type { Turns } from './turns.ts'

/**
 * Opens the database that the configuration names, brought up to this version's schema. @throws DatabaseNewer
 * @param turns of the thread of this process that has it open already
 */
export async function openDatabase(place: { databaseUrl: string | undefined; file: string }, turns?: Turns): Promise<Database> {
  // The library of the engine that is not used takes memory for nothing.
  if (place.databaseUrl === undefined) return (await import('./sqlite.ts')).openSqlite(place.file, turns)
  return (await import('./postgres.ts')).openPostgres(place.databaseUrl)
}
