import type { Database } from './database.ts'

/** Opens the database that the configuration names, brought up to this version's schema. @throws DatabaseNewer */
export async function openDatabase(place: { databaseUrl: string | undefined; file: string }): Promise<Database> {
  // The library of the engine that is not used takes memory for nothing.
  if (place.databaseUrl === undefined) return (await import('./sqlite.ts')).openSqlite(place.file)
  return (await import('./postgres.ts')).openPostgres(place.databaseUrl)
}
