import { CamelCasePlugin, type Dialect, Kysely } from 'kysely'
import type { Database, Tx } from './database.ts'
import { type Engine, migrate } from './migrate.ts'
import type { Schema } from './schema.ts'

/** A PostgreSQL database, which several instances share and which may hold other tables, or else a file. */
export type Place = { databaseUrl?: string | undefined; databaseFile: string }

/**
 * Opens the portal's database, made on first use. People and sessions are named as `issuer` names them: what is there of another one goes.
 */
export async function openDatabase(place: Place, issuer: string): Promise<Database> {
  const { engine, dialect } = await dialectOf(place)
  const db = new Kysely<Schema>({ dialect, plugins: [new CamelCasePlugin()] })
  try {
    await migrate(db, engine)
    await begin(db, (tx) => holdTo(tx, issuer))
  } catch (error) {
    await db.destroy()
    throw error
  }
  return {
    single: db,
    transaction: (body) =>
      begin(db, async (tx) => {
        await takeTurn(tx, issuer)
        return body(tx)
      }),
    close: () => db.destroy(),
  }
}

/** The library of the engine that is not used takes memory for nothing. */
async function dialectOf({ databaseUrl, databaseFile }: Place): Promise<{ engine: Engine; dialect: Dialect }> {
  if (databaseUrl === undefined) return { engine: 'sqlite', dialect: (await import('./sqlite.ts')).openSqlite(databaseFile) }
  return { engine: 'postgres', dialect: (await import('./postgres.ts')).openPostgres(databaseUrl) }
}

function begin<T>(db: Kysely<Schema>, body: (tx: Tx) => Promise<T>): Promise<T> {
  return db.transaction().setIsolationLevel('read committed').execute(body)
}

/** The one row that says whose people these are is what transactions wait for: what they read after it is what others committed before. */
async function takeTurn(tx: Tx, issuer: string): Promise<void> {
  const { numUpdatedRows } = await tx
    .updateTable('portalIssuer')
    .set({ identifier: issuer })
    .where('identifier', '=', issuer)
    .executeTakeFirstOrThrow()
  if (numUpdatedRows === 0n) throw new Error('The portal belongs to another issuer by now. Start this one again, with the same settings.')
}

/** A `sub` is somebody at its issuer alone (OpenID Connect Core 1.0, 5.7): at another one it is somebody else. */
async function holdTo(tx: Tx, issuer: string): Promise<void> {
  const changed = await tx
    .insertInto('portalIssuer')
    .values({ onlyRow: 1, identifier: issuer })
    .onConflict((row) => row.column('onlyRow').doUpdateSet({ identifier: issuer }).where('portalIssuer.identifier', '<>', issuer))
    .executeTakeFirst()
  if (changed.numInsertedOrUpdatedRows !== 1n) return
  for (const table of ['portalSessions', 'portalSignIns', 'portalLogouts'] as const) await tx.deleteFrom(table).execute()
}
