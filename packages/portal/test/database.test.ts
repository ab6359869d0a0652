import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeDatabase } from '../../server/test/world.ts'
import type { Database } from '../src/db/database.ts'
import { openDatabase } from '../src/db/open-database.ts'
import { hashOf, newSecret } from '../src/http/secret.ts'
import { ONE_FACTOR } from '../src/sessions/rules.ts'
import { addSession, endByLogout, type Session } from '../src/sessions/store.ts'
import { addPending, claimPending } from '../src/sign-in/store.ts'

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
        const add = () => one.transaction((tx) => addSession(tx, session(subject), { startedAt: T, now: T }))
        const end = () => other.transaction((tx) => endByLogout(tx, { jti: subject, providerSid: undefined, subject }, T))
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
      await one.transaction((tx) => addPending(tx, keys, pending, T))
      const claims = await Promise.all([one, other, one, other].map((db) => claimPending(db.single, keys, T)))
      expect(claims.filter((claimed) => claimed !== undefined)).toEqual([{ ...pending, startedAt: T }])
    }
  })

  test('what fails leaves nothing of its transaction behind', async () => {
    const failing = one.transaction(async (tx) => {
      await addSession(tx, session('usr_alice'), { startedAt: T, now: T })
      throw new Error('of this test')
    })
    await expect(failing).rejects.toThrow('of this test')
    expect(await sessionsLeft()).toEqual([])
  })

  test('an instance that goes by a former issuer opens no session under the name of somebody of the new one', async () => {
    const changed = await open('https://other.example.test')
    const late = one.transaction((tx) => addSession(tx, session('usr_alice'), { startedAt: T, now: T }))
    await expect(late).rejects.toThrow('another issuer')
    expect(await changed.transaction((tx) => addSession(tx, session('usr_alice'), { startedAt: T, now: T }))).toBe(true)
    await changed.close()
    const again = await open('https://other.example.test')
    await again.close()
    expect(await sessionsLeft()).toEqual(['usr_alice'])
  })
})
