import { CamelCasePlugin, type Dialect, Kysely } from 'kysely'
import type { Database, Engine, Tx } from './database.ts'
import { migrate } from './migrate.ts'
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
    engine,
    single: db,
    inTurn: oneAfterAnother((body) =>
      begin(db, async (tx) => {
        await takeTurn(tx, engine, issuer)
        return body(tx)
      }),
    ),
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

/** Those of this instance wait here for their turn, and not each with a connection that others could use. */
function oneAfterAnother(run: Database['inTurn']): Database['inTurn'] {
  let last: Promise<unknown> = Promise.resolve()
  return (body) => {
    const mine = last.then(() => run(body))
    last = mine.catch(() => undefined)
    return mine
  }
}

/** The one row that says whose people these are is what transactions wait for: what they read after it is what others committed before. */
async function takeTurn(tx: Tx, engine: Engine, issuer: string): Promise<void> {
  const held = await tx
    .selectFrom('portalIssuer')
    .select('identifier')
    .$if(engine === 'postgres', (row) => row.forUpdate())
    .executeTakeFirst()
  if (held?.identifier !== issuer)
    throw new Error('The portal belongs to another issuer by now. Start this one again, with the same settings.')
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
