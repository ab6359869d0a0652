import type { Database } from './database.ts'
import { openPostgres } from './postgres.ts'
import { openSqlite } from './sqlite.ts'

/** Opens the database that the configuration names, brought up to this version's schema. @throws DatabaseNewer */
export function openDatabase(place: { databaseUrl: string | undefined; file: string }): Promise<Database> {
  return place.databaseUrl === undefined ? openSqlite(place.file) : openPostgres(place.databaseUrl)
}
