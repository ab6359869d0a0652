import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeDatabase } from '../../server/test/world.ts'
import type { Database } from '../src/db/database.ts'
import { openDatabase, type Place } from '../src/db/open-database.ts'
import { hashOf, newSecret } from '../src/http/secret.ts'
import { ONE_FACTOR } from '../src/sessions/rules.ts'
import { addSession, endByLogout, type Session, visitSession } from '../src/sessions/store.ts'
import { addPending, claimPending, PENDING_MS } from '../src/sign-in/store.ts'

const ISSUER = 'https://login.example.test'
const T = 1_935_000_000_000

/** Two instances with one database: on the file they are one. */
describe.each(['file', 'PostgreSQL'])('the portal’s database (%s)', (engine) => {
  let folder: string
  let shared: Awaited<ReturnType<typeof makeDatabase>> | undefined
  let one: Database
  let other: Database
  const open = (issuer = ISSUER) => openDatabase({ databaseUrl: shared?.url, databaseFile: join(folder, 'portal.db') }, issuer)

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-portal-'))
    shared = engine === 'file' ? undefined : await makeDatabase()
    const opened = shared === undefined ? await open().then((file) => [file, file]) : await Promise.all([open(), open()])
    ;[one, other] = opened as [Database, Database]
  })
  afterEach(async () => {
    await one.close()
    if (other !== one) await other.close()
    await shared?.drop()
    rmSync(folder, { recursive: true })
  })

  const session = (subject: string): Session => ({
    idHash: hashOf(newSecret()),
    subject,
    providerSid: newSecret(),
    name: subject,
    timeZone: 'UTC',
    acr: ONE_FACTOR,
    authenticatedAt: T,
    endsAt: T + 1000,
    idToken: 'a.b.c',
  })
  const sessionsLeft = async () => (await one.single.selectFrom('portalSessions').select('subject').execute()).map(({ subject }) => subject)

  test('of a logout and the sign-in that it ends, at the same moment at two instances, no session is left', async () => {
    const people = Array.from({ length: 200 }, (_, number) => `usr_${number}`)
    await Promise.all(
      people.flatMap((subject, number) => {
        const add = () => one.inTurn((tx) => addSession(tx, session(subject), { startedAt: T, now: T }))
        const end = () => other.inTurn((tx) => endByLogout(tx, { jti: subject, providerSid: undefined, subject }, T))
        return number % 2 === 0 ? [add(), end()] : [end(), add()]
      }),
    )
    expect(await sessionsLeft()).toEqual([])
  })

  test('a sign-in comes back once, to whichever of two instances asks first', async () => {
    for (let round = 0; round < 20; round += 1) {
      const keys = { stateHash: hashOf(newSecret()), browserHash: hashOf(newSecret()) }
      const pending = {
        nonce: 'n',
        codeVerifier: 'v',
        acr: ONE_FACTOR,
        maxAgeSeconds: 60,
        subject: null,
        returnPath: '/dashboard',
      } as const
      await addPending(one, keys, pending, T)
      const claims = await Promise.all([one, other, one, other].map((db) => claimPending(db.single, keys, T)))
      expect(claims.filter((claimed) => claimed !== undefined)).toEqual([{ ...pending, startedAt: T }])
    }
  })

  test('what fails leaves nothing of its transaction behind', async () => {
    const failing = one.inTurn(async (tx) => {
      await addSession(tx, session('usr_alice'), { startedAt: T, now: T })
      throw new Error('of this test')
    })
    await expect(failing).rejects.toThrow('of this test')
    expect(await sessionsLeft()).toEqual([])
  })

  test('an instance that goes by a former issuer opens no session under the name of somebody of the new one', async () => {
    const changed = await open('https://other.example.test')
    const late = one.inTurn((tx) => addSession(tx, session('usr_alice'), { startedAt: T, now: T }))
    await expect(late).rejects.toThrow('another issuer')
    expect(await changed.inTurn((tx) => addSession(tx, session('usr_alice'), { startedAt: T, now: T }))).toBe(true)
    await changed.close()
    const again = await open('https://other.example.test')
    await again.close()
    expect(await sessionsLeft()).toEqual(['usr_alice'])
  })

  test('what is over is forgotten when somebody begins, at several instances at once', async () => {
    const pending = { nonce: 'n', codeVerifier: 'v', acr: ONE_FACTOR, maxAgeSeconds: 60, subject: null, returnPath: '/dashboard' } as const
    const begin = (db: Database, at: number) =>
      addPending(db, { stateHash: hashOf(newSecret()), browserHash: hashOf(newSecret()) }, pending, at)
    for (let number = 0; number < 60; number += 1) await begin(one, T)
    await Promise.all([begin(one, T + PENDING_MS), begin(other, T + PENDING_MS), begin(other, T + PENDING_MS)])
    const left = await one.single.selectFrom('portalSignIns').select('expiresAt').execute()
    expect(left.map(({ expiresAt }) => expiresAt)).toEqual([1, 2, 3].map(() => T + 2 * PENDING_MS))
  })

  test('a first start that was interrupted begins again', async () => {
    const fresh = shared === undefined ? undefined : await makeDatabase()
    const place = { databaseUrl: fresh?.url, databaseFile: join(folder, 'fresh.db') }
    // The third table cannot be made.
    await run(place, 'create table portal_logouts (other text)')
    await expect(openDatabase(place, ISSUER)).rejects.toThrow('already exists')
    await run(place, 'drop table portal_logouts')
    await (await openDatabase(place, ISSUER)).close()
    await run(place, "insert into portal_migrations (name, timestamp) values ('9999-later', '2036')")
    await expect(openDatabase(place, ISSUER)).rejects.toThrow('newer Latchkey')
    await fresh?.drop()
  })

  // On the file there is one instance, which does one thing after the other.
  if (engine === 'PostgreSQL')
    test('an instance that falls silent in its turn is waited for by those who want theirs alone, and not for long', async () => {
      let wake: (() => void) | undefined
      const silent = one.inTurn(
        () =>
          new Promise<void>((resolve) => {
            wake = resolve
          }),
      )
      const broken = expect(silent).rejects.toThrow()
      await expect.poll(() => wake).toBeDefined()
      const order: string[] = []
      const turns = Array.from({ length: 10 }, (_, number) =>
        other.inTurn((tx) => addSession(tx, session(`usr_${number}`), { startedAt: T, now: T })).then(() => order.push('turn')),
      )
      const visit = visitSession(other.single, hashOf(newSecret()), T).then(() => order.push('visit'))
      await Promise.all([...turns, visit])
      expect(order[0]).toBe('visit')
      expect(await sessionsLeft()).toHaveLength(10)
      wake?.()
      await broken
    }, 60_000)
})

async function run({ databaseUrl, databaseFile }: Place, statement: string): Promise<void> {
  if (databaseUrl === undefined) {
    const db = new DatabaseSync(databaseFile)
    db.exec(statement)
    return db.close()
  }
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query(statement)
  await client.end()
}
