import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import pino from 'pino'
import { afterAll, beforeAll, describe, inject } from 'vitest'
import { readConfig } from '../src/config.ts'
import type { Caller, Context } from '../src/context.ts'
import type { Database, Engine } from '../src/db/database.ts'
import { openDatabase } from '../src/db/open.ts'
import { drawId, type UserId } from '../src/ids.ts'
import { openKeys } from '../src/keys/key-ring.ts'

/** A context on a real database with a clock that a test moves. */
export type World = Context & {
  /** Moves the clock by milliseconds. */
  readonly pass: (ms: number) => void
  readonly setTime: (ms: number) => void
  /** A second instance on the same database: its own connections (on SQLite: its own file handles). */
  readonly another: () => Promise<World>
  readonly close: () => Promise<void>
}

/** Where tests' time begins: 2026-09-21, on a step's first millisecond. */
export const START = 1_790_000_010_000

/** Each contract test runs on both engines, each with a fresh database for the file. `world()` is there inside tests. */
export function onBothEngines(
  name: string,
  tests: (world: () => World, engine: Engine) => void,
  settings: Readonly<Record<string, string>> = {},
): void {
  describe.each<Engine>(['sqlite', 'postgres'])(`${name} (%s)`, (engine) => {
    let world: World | undefined
    beforeAll(async () => {
      world = await openWorld(engine, settings)
    })
    afterAll(async () => {
      await world?.close()
    })
    tests(() => {
      if (world === undefined) throw new Error('the world is there inside tests only')
      return world
    }, engine)
  })
}

export async function openWorld(engine: Engine, settings: Readonly<Record<string, string>> = {}): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-server-'))
  const database = engine === 'postgres' ? await makeDatabase() : undefined
  const environment = {
    LATCHKEY_DATA: folder,
    LATCHKEY_PASSWORD_MEMORY_KI_B: '19456',
    LATCHKEY_PASSWORD_PASSES: '1',
    ...(database === undefined ? {} : { LATCHKEY_DATABASE_URL: database.url }),
    ...settings,
  }
  const config = readConfig(environment)
  const keys = openKeys([{ id: 'testtest', key: randomBytes(32) }], randomBytes(32))
  const clock = { at: START }
  const opened: Database[] = []
  const open = async (): Promise<World> => {
    const db = await openDatabase({ databaseUrl: config.databaseUrl, file: config.databaseFile })
    opened.push(db)
    return {
      db,
      keys,
      config,
      now: () => clock.at,
      random: (length) => new Uint8Array(randomBytes(length)),
      log: pino({ level: 'silent' }),
      pass: (ms) => {
        clock.at += ms
      },
      setTime: (ms) => {
        clock.at = ms
      },
      another: open,
      close: async () => {
        for (const one of opened) await one.close()
        await database?.drop()
        rmSync(folder, { recursive: true, force: true })
      },
    }
  }
  return open()
}

/** A fresh database on the run's PostgreSQL. */
export async function makeDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  const server = inject('postgres')
  const name = `t_${randomBytes(6).toString('hex')}`
  await administer(`create database ${name}`)
  return { url: `${server}/${name}`, drop: () => administer(`drop database ${name} with (force)`) }
}

async function administer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: `${inject('postgres')}/postgres` })
  await client.connect()
  await client.query(statement)
  await client.end()
}

/** A browser's request, for verbs that want to know who asks. */
export const BROWSER: Caller = {
  door: 'web',
  request: 'req_test',
  address: '192.0.2.7',
  browser: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/150.0',
  actor: undefined,
}

let people = 0

/** A person's row and nothing else. */
export async function makePerson(world: Context, name = `person-${++people}`): Promise<UserId> {
  const id = drawId('usr', world.random)
  await world.db.transaction(async (tx) => {
    await tx
      .insertInto('users')
      .values({
        id,
        login_name: name,
        display_name: name,
        role: 'user',
        state: 'active',
        locale: 'en',
        time_zone: 'Europe/Berlin',
        created_at: world.now(),
        enrolled_at: world.now(),
        ended_at: null,
      })
      .execute()
    await tx
      .insertInto('code_guards')
      .values({
        user_id: id,
        failures: 0,
        not_before: 0,
        door_failures: 0,
        door_not_before: 0,
        doors_shut_at: null,
        wrong_since_success: 0,
      })
      .execute()
    await tx
      .insertInto('recovery_guards')
      .values({ user_id: id, attempts: 0, not_before: 0, last_at: 0, password_reset_at: null, password_reset_proof: null })
      .execute()
  })
  return id
}
