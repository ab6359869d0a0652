import { type Kysely, sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import type { Engine } from './database.ts'
import { first } from './migrations/0001-first.ts'
import type { Schema } from './schema.ts'

/** A change of the schema. Each runs in a transaction of its own, so that one that was interrupted begins again. */
export type Step = (db: Kysely<Schema>, engine: Engine) => Promise<void>

const STEPS: Readonly<Record<string, Step>> = { '0001-first': first }

/** The database was written by a newer Latchkey: this one does not touch it. */
export class DatabaseNewer extends Error {}

/** Brings the schema up to date; once that is so, changes nothing. */
export async function migrate(db: Kysely<Schema>, engine: Engine): Promise<void> {
  await refuseNewer(db)
  const migrations: Record<string, Migration> = {}
  for (const [name, step] of Object.entries(STEPS)) migrations[name] = { up: (open: Kysely<Schema>) => step(open, engine) }
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => migrations },
    migrationTableName: 'migrations',
    migrationLockTableName: 'migrations_lock',
  })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined) throw error
}

async function refuseNewer(db: Kysely<Schema>): Promise<void> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
  if (!tables.some(({ name }) => name === 'migrations')) return
  const { rows } = await sql<{ name: string }>`select name from migrations order by name`.execute(db)
  const unknown = rows.map(({ name }) => name).filter((name) => STEPS[name] === undefined)
  if (unknown.length > 0) {
    throw new DatabaseNewer(
      `This database was written by a newer Latchkey (it has ${unknown.join(', ')}). Start that version, or restore an older backup.`,
    )
  }
}
