import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { DrawBytes } from '@latchkey/protocol/codes/randomness'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { Context } from '../context.ts'
import type { Database } from '../db/database.ts'
import { openDatabase } from '../db/open.ts'
import type { Turns } from '../db/turns.ts'
import { type Held, holdLock } from '../keys/hold-lock.ts'
import type { Keys } from '../keys/key-ring.ts'
import { KeysUnavailable, keySourceOf, loadKeys } from '../keys/load-keys.ts'
import { requireRandomness } from './require-randomness.ts'

/** The database is being put back from a backup, or filled from another one. */
export class DataInUse extends Error {}

const random: DrawBytes = (length) => new Uint8Array(randomBytes(length))

/** The context of a process that works on the data: the server, a command. `close` gives everything back. */
export type OpenContext = { readonly context: Context; readonly close: () => Promise<void> }

/**
 * Opens keys and database as the settings say, made on first use. Several processes may have them open at once, but none while a
 * backup is being put back. @throws NoRandomness, DataInUse, KeysUnavailable, DatabaseNewer
 * @param turns of the thread of this process that has the embedded database open already
 */
export async function openContext(config: Config, log: Logger, turns?: Turns): Promise<OpenContext> {
  requireRandomness(random)
  const held = holdData(config, 'shared')
  if (held === undefined) throw new DataInUse('A backup is being put back into this data folder. Wait until that is done.')
  try {
    const db = await openDatabase({ databaseUrl: config.databaseUrl, file: config.databaseFile }, turns)
    try {
      if ((await findFact(db, MOVING)) !== undefined)
        throw new DataInUse('A database is being moved into this one. Run latchkey migrate-database again until it says that all is there.')
      const keys = await keysFor(config, db)
      const context: Context = { db, keys, config, log, now: () => Date.now(), random }
      const close = async (): Promise<void> => {
        await db.close()
        held.release()
      }
      return { context, close }
    } catch (error) {
      await db.close()
      throw error
    }
  } catch (error) {
    held.release()
    throw error
  }
}

/** Whoever works on the data shares this lock; whoever replaces the data has it alone. */
export function holdData(config: Config, way: 'shared' | 'alone'): Held | undefined {
  return holdLock(join(config.data, 'in-use.lock'), way)
}

/** Whether there is a database already. Looks, and makes nothing. */
export async function hasDatabase({ databaseUrl, databaseFile }: Pick<Config, 'databaseUrl' | 'databaseFile'>): Promise<boolean> {
  if (databaseUrl === undefined) return existsSync(databaseFile)
  return (await import('../db/postgres.ts')).hasTables(databaseUrl)
}

/** A fact: what the keys of this database make of a fixed text. */
export const KEYS_CHECK = 'keys-check'
/** A fact of a database that is being filled from an embedded one: the check of its keys. */
export const MOVING = 'moving'

export async function findFact(db: Database, name: string): Promise<string | undefined> {
  return (await db.read.selectFrom('facts').select('value').where('name', '=', name).executeTakeFirst())?.value
}

/** The keys, which must be those that the database was begun with: others would seal what nobody can open later. */
async function keysFor(config: Config, db: Database): Promise<Keys> {
  const before = await findFact(db, KEYS_CHECK)
  const keys = loadKeys(keySourceOf(config), before === undefined)
  const value = keys.hash(KEYS_CHECK, '')
  if (before === undefined) {
    await db.transaction((tx) =>
      tx
        .insertInto('facts')
        .values({ name: KEYS_CHECK, value })
        .onConflict((conflict) => conflict.doNothing())
        .execute(),
    )
  }
  if ((await findFact(db, KEYS_CHECK)) !== value)
    throw new KeysUnavailable('The keys are not those that this database was begun with. Put the right ones back.')
  return keys
}
