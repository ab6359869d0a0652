import { type CreateTableBuilder, type Kysely, sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import type { Engine } from './database.ts'
import type { Schema } from './schema.ts'

type Column = 'text' | 'text?' | 'int' | 'bytes'
type Table = { columns: Readonly<Record<string, Column>>; key: string; indexes: readonly string[] }

const MIGRATIONS = 'portal_migrations'

const TYPES = {
  sqlite: { text: sql`text`, int: sql`integer`, bytes: sql`blob` },
  postgres: { text: sql`text`, int: sql`bigint`, bytes: sql`bytea` },
} as const

const FIRST: Readonly<Record<keyof Schema, Table>> = {
  portalSessions: {
    columns: {
      idHash: 'bytes',
      subject: 'text',
      providerSid: 'text?',
      name: 'text',
      timeZone: 'text',
      acr: 'text',
      authenticatedAt: 'int',
      lastSeenAt: 'int',
      endsAt: 'int',
      idToken: 'text',
    },
    key: 'idHash',
    indexes: ['providerSid', 'subject'],
  },
  portalSignIns: {
    columns: {
      stateHash: 'bytes',
      browserHash: 'bytes',
      nonce: 'text',
      codeVerifier: 'text',
      acr: 'text',
      maxAgeSeconds: 'int',
      subject: 'text?',
      returnPath: 'text',
      expiresAt: 'int',
    },
    key: 'stateHash',
    indexes: ['expiresAt'],
  },
  portalLogouts: {
    columns: { jti: 'text', providerSid: 'text?', subject: 'text?', receivedAt: 'int' },
    key: 'jti',
    indexes: ['providerSid'],
  },
  portalIssuer: { columns: { onlyRow: 'int', identifier: 'text' }, key: 'onlyRow', indexes: [] },
}

/** Brings the schema up to date. Instances that start at once wait for each other. */
export async function migrate(db: Kysely<Schema>, engine: Engine): Promise<void> {
  const migrations: Record<string, Migration> = { '0001-first': { up: (open: Kysely<Schema>) => first(open, engine) } }
  await refuseNewer(db, Object.keys(migrations))
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => migrations },
    migrationTableName: MIGRATIONS,
    migrationLockTableName: `${MIGRATIONS}_lock`,
  })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined) throw error
}

/** Nothing in these tables is good for longer than twelve hours: to go back, they may go. */
async function refuseNewer(db: Kysely<Schema>, known: readonly string[]): Promise<void> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
  if (!tables.some(({ name }) => name === MIGRATIONS)) return
  const { rows } = await sql<{ name: string }>`select name from ${sql.table(MIGRATIONS)}`.execute(db)
  if (rows.every(({ name }) => known.includes(name))) return
  throw new Error('The portal’s tables were made by a newer Latchkey. Start that version, or drop the tables that begin with portal_.')
}

async function first(db: Kysely<Schema>, engine: Engine): Promise<void> {
  for (const [name, { columns, key, indexes }] of Object.entries(FIRST)) {
    let table: CreateTableBuilder<string, string> = db.schema.createTable(name)
    for (const [column, kind] of Object.entries(columns)) {
      const type = TYPES[engine][kind.replace('?', '') as 'text' | 'int' | 'bytes']
      table = table.addColumn(column, type, (made) => (kind.endsWith('?') ? made : made.notNull()))
    }
    await table.addPrimaryKeyConstraint(`${name}Key`, [key]).execute()
    for (const column of indexes) await db.schema.createIndex(`${name}_by_${column}`).on(name).column(column).execute()
  }
}
