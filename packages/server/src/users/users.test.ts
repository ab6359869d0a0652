import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { mailsOf } from '../../test/mails.ts'
import { BROWSER, onBothEngines, type World } from '../../test/world.ts'
import { record } from '../audit/record.ts'
import type { UserId } from '../ids.ts'
import { makeLink } from '../links/make-link.ts'
import { addAddress } from './add-address.ts'
import { addUser, type NewUser } from './add-user.ts'
import { ERASED, KEPT } from './erase.ts'
import { findUser, findUserByName } from './find-user.ts'
import { finishEnrolment } from './finish-enrolment.ts'
import { listAddresses, recoveryAddresses } from './list-addresses.ts'
import { listUsers } from './list-users.ts'
import { removeUser } from './remove-user.ts'
import { resumeUser } from './resume-user.ts'
import { setLocale } from './set-locale.ts'
import { setTimeZone } from './set-time-zone.ts'
import { suspendUser } from './suspend-user.ts'
import { verifyAddress } from './verify-address.ts'

const DAY_MS = 24 * 3_600_000

onBothEngines('users', (world) => {
  let people = 0
  const wish = (more: Partial<NewUser> = {}): NewUser => {
    people += 1
    return { name: `person${people}`, email: `person${people}@example.test`, ...more }
  }
  const add = (more: Partial<NewUser> = {}) => addUser(world(), BROWSER, wish(more))
  const added = async (more: Partial<NewUser> = {}): Promise<UserId> => {
    const one = await add(more)
    if (one.outcome !== 'added') throw new Error(one.outcome)
    return one.user
  }
  const eventsOf = async (user: UserId) =>
    (await world().db.read.selectFrom('audit_events').select('action').where('subject', '=', user).execute()).length

  test('a person is there under every spelling of their name, with rows to count on', async () => {
    const user = await added({ name: 'Strasse', displayName: 'Alice', role: 'helpdesk', locale: 'de', timeZone: 'Europe/Berlin' })
    for (const typed of ['strasse', ' STRASSE', 'straße', 'ｓtrasse'])
      expect(await findUserByName(world(), typed)).toMatchObject({ id: user, loginName: 'strasse', role: 'helpdesk', state: 'active' })
    for (const table of ['code_guards', 'recovery_guards'] as const)
      expect(await world().db.read.selectFrom(table).select('user_id').where('user_id', '=', user).execute()).toHaveLength(1)
    expect(await listAddresses(world(), user)).toMatchObject([{ verifiedAt: undefined, recoveryFrom: undefined }])
    for (const typed of ['strass', '', '\0', 'a'.repeat(1_000)]) expect(await findUserByName(world(), typed)).toBeUndefined()
  })

  test('a name is given once, however it is spelt', async () => {
    await added({ name: 'taken' })
    for (const name of ['taken', 'TAKEN', 'ｔaken']) expect(await add({ name })).toEqual({ outcome: 'name-taken' })
  })

  test('200 who add the same name at once, from two instances: one gets it', async () => {
    const other = await world().another()
    const results = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        addUser(index % 2 ? world() : other, BROWSER, { name: 'raced', email: `raced${index}@example.test` }),
      ),
    )
    expect(results.filter(({ outcome }) => outcome === 'added')).toHaveLength(1)
    expect(results.filter(({ outcome }) => outcome === 'name-taken')).toHaveLength(199)
  })

  test("a name that is another's address is refused, and an address that is another's name", async () => {
    await added({ name: 'owner', email: 'Owner@Bücher.test' })
    for (const name of ['owner@bücher.test', 'OWNER@xn--bcher-kva.test']) expect(await add({ name })).toEqual({ outcome: 'name-taken' })
    const named = await added({ name: 'named@bücher.test', email: 'named@bücher.test' })
    const refused = { outcome: 'malformed', reason: 'name-of-another' }
    for (const email of ['named@bücher.test', 'Named@xn--bcher-kva.test']) {
      expect(await add({ email })).toEqual({ ...refused, field: 'email' })
      expect(await addAddress(world(), BROWSER, await added(), email)).toEqual(refused)
    }
    expect(await listAddresses(world(), named)).toHaveLength(1)
  })

  test('a name and the same text as an address, added at once: never both', async () => {
    const other = await world().another()
    for (let round = 0; round < 20; round += 1) {
      const text = `meet${round}@example.test`
      const user = await added()
      const [name, address] = await Promise.all([
        addUser(world(), BROWSER, { name: text, email: `else${round}@example.test` }),
        addAddress(other, BROWSER, user, text),
      ])
      expect([name.outcome, address.outcome].filter((outcome) => outcome === 'added')).toHaveLength(1)
    }
  })

  test('what is malformed is named, and leaves nothing', async () => {
    const before = (await listUsers(world())).length
    expect(await add({ name: 'ali\u202ece' })).toEqual({ outcome: 'malformed', field: 'name', reason: 'characters' })
    expect(await add({ email: 'alice' })).toEqual({ outcome: 'malformed', field: 'email', reason: 'form' })
    expect(await add({ displayName: 'a\nb' })).toEqual({ outcome: 'malformed', field: 'displayName', reason: 'characters' })
    expect(await add({ locale: 'no such' })).toEqual({ outcome: 'malformed', field: 'locale', reason: 'unknown' })
    expect(await add({ timeZone: 'Mars' })).toEqual({ outcome: 'malformed', field: 'timeZone', reason: 'unknown' })
    expect(await listUsers(world())).toHaveLength(before)
  })

  test('enrolment is finished once', async () => {
    const user = await added()
    const finish = () => world().db.transaction((tx) => finishEnrolment(world(), tx, user))
    expect(await finish()).toBe(true)
    const { enrolledAt } = (await findUser(world(), user)) ?? {}
    world().pass(1_000)
    expect(await finish()).toBe(false)
    expect((await findUser(world(), user))?.enrolledAt).toBe(enrolledAt)
  })

  test('the first address proves a recovery at once; another after seven days, and the old ones are told', async () => {
    const user = await added()
    const [first] = await listAddresses(world(), user)
    if (first === undefined) throw new Error('no address')
    const usable = () => world().db.transaction((tx) => recoveryAddresses(tx, user, world().now()))
    expect(await usable()).toEqual([])
    const mails = () => mailsOf(world(), user)
    expect(await verifyAddress(world(), BROWSER, user, first.id)).toEqual({ outcome: 'verified' })
    expect(await usable()).toMatchObject([{ id: first.id }])
    expect(await mails()).toHaveLength(0)
    expect(await verifyAddress(world(), BROWSER, user, first.id)).toEqual({ outcome: 'no-such-address' })

    const second = await addAddress(world(), BROWSER, user, 'second@example.test')
    if (second.outcome !== 'added') throw new Error(second.outcome)
    expect(await addAddress(world(), BROWSER, user, 'SECOND@example.test')).toEqual({ outcome: 'there-already' })
    expect(await verifyAddress(world(), BROWSER, await added(), second.address)).toEqual({ outcome: 'no-such-address' })
    expect(await verifyAddress(world(), BROWSER, user, second.address)).toEqual({ outcome: 'verified' })
    const [told, ...more] = await mails()
    expect(more).toHaveLength(0)
    expect(told).toMatchObject({ to: [first.address] })
    world().pass(7 * DAY_MS - 1)
    expect(await usable()).toHaveLength(1)
    world().pass(1)
    expect(await usable()).toHaveLength(2)
  })

  test('whoever deletes the only address gets no recovery address at once by another', async () => {
    const user = await added()
    const [first] = await listAddresses(world(), user)
    if (first === undefined) throw new Error('no address')
    await verifyAddress(world(), BROWSER, user, first.id)
    await world().db.transaction((tx) => tx.updateTable('addresses').set({ ended_at: 1 }).where('id', '=', first.id).execute())
    const second = await addAddress(world(), BROWSER, user, 'thief@example.test')
    if (second.outcome !== 'added') throw new Error(second.outcome)
    await verifyAddress(world(), BROWSER, user, second.address)
    expect((await listAddresses(world(), user))[0]?.recoveryFrom).toBe(world().now() + 7 * DAY_MS)
  })

  test('an address is refused where it is none, and there are at most five', async () => {
    const user = await added()
    expect(await addAddress(world(), BROWSER, user, 'x')).toEqual({ outcome: 'malformed', reason: 'form' })
    expect(await addAddress(world(), BROWSER, 'usr_nobody', 'x@example.test')).toEqual({ outcome: 'no-such-user' })
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        addAddress(world(), BROWSER, user, `more${index}@${user.slice(4, 8).replaceAll(/[^a-z]/gi, 'x')}.test`),
      ),
    )
    expect(results.filter(({ outcome }) => outcome === 'added')).toHaveLength(4)
    expect(results.filter(({ outcome }) => outcome === 'too-many')).toHaveLength(6)
  })

  test('language and time zone', async () => {
    const user = await added()
    expect(await setLocale(world(), BROWSER, user, 'DE')).toEqual({ outcome: 'set' })
    expect(await setTimeZone(world(), BROWSER, user, 'europe/paris')).toEqual({ outcome: 'set' })
    expect(await setLocale(world(), BROWSER, user, '..')).toEqual({ outcome: 'unknown' })
    expect(await setTimeZone(world(), BROWSER, user, 'Mars')).toEqual({ outcome: 'unknown' })
    expect(await findUser(world(), user)).toMatchObject({ locale: 'de', timeZone: 'Europe/Paris' })
  })

  test('somebody suspended has no session left, and comes back as they were', async () => {
    const user = await added()
    await openSession(world(), user)
    expect(await suspendUser(world(), BROWSER, user)).toEqual({ outcome: 'suspended' })
    expect(await suspendUser(world(), BROWSER, user)).toEqual({ outcome: 'no-such-user' })
    expect(await suspendUser(world(), BROWSER, 'usr_nobody')).toEqual({ outcome: 'no-such-user' })
    expect(await openSessions(world(), user)).toBe(0)
    expect(await resumeUser(world(), BROWSER, user)).toEqual({ outcome: 'resumed' })
    expect(await resumeUser(world(), BROWSER, user)).toEqual({ outcome: 'no-such-user' })
  })

  test('two administrators who suspend or remove each other at once: one is left', async () => {
    const other = await world().another()
    const [one, two] = [await added({ role: 'admin' }), await added({ role: 'admin' })]
    const outcomes = await Promise.all([removeUser(world(), BROWSER, one), suspendUser(other, BROWSER, two)])
    expect(outcomes.filter(({ outcome }) => outcome === 'last-administrator')).toHaveLength(1)
  })

  test('every table that knows people is erased or kept for a reason', async () => {
    const tables = await world().db.read.introspection.getTables()
    const known = tables.filter(({ columns }) => columns.some(({ name }) => name === 'user_id')).map(({ name }) => name)
    expect([...ERASED, ...KEPT].sort()).toEqual([...known, 'users'].sort())
  })

  test('of somebody removed nothing is left but a row, and their name is given to nobody', async () => {
    const secret = 'vanishing'
    const user = await added({ name: secret, email: `${secret}@example.test`, displayName: secret })
    await openSession(world(), user)
    await world().db.transaction(async (tx) => {
      await record(world(), tx, { at: 1, action: 'test', outcome: 'x', subject: user, by: BROWSER })
      await makeLink(world(), tx, { purpose: 'enrolment', user, goodForMs: 1_000 })
    })
    const events = await eventsOf(user)
    expect(await removeUser(world(), BROWSER, user)).toEqual({ outcome: 'removed' })
    expect(await removeUser(world(), BROWSER, user)).toEqual({ outcome: 'no-such-user' })
    for (const table of ERASED)
      expect(await world().db.read.selectFrom(table).select('user_id').where('user_id', '=', user).execute()).toEqual([])
    expect(await findUser(world(), user)).toMatchObject({ state: 'removed', displayName: '' })
    expect(await findUserByName(world(), secret)).toBeUndefined()
    expect(await add({ name: secret.toUpperCase() })).toEqual({ outcome: 'name-taken' })
    expect((await listUsers(world())).some(({ id }) => id === user)).toBe(false)
    expect(await openSessions(world(), user)).toBe(0)
    // The chain stays whole: no event went, and the removal stands in it.
    expect(await eventsOf(user)).toBeGreaterThan(events)
    const { rows } = await sql<Record<string, unknown>>`select * from users where id = ${user}`.execute(world().db.read)
    expect(JSON.stringify(rows)).not.toContain(secret)
    expect(await resumeUser(world(), BROWSER, user)).toEqual({ outcome: 'no-such-user' })
  })

  test('people are listed by name, from where the page before ended', async () => {
    const list = await listUsers(world())
    const names = list.map(({ loginName }) => loginName)
    const [first = ''] = names
    expect((await listUsers(world(), { after: first, limit: 2 })).map(({ loginName }) => loginName)).toEqual(names.slice(1, 3))
    expect(list.find(({ loginName }) => loginName === 'taken')?.email).toMatch(/@example\.test$/)
  })
})

async function openSession(world: World, user: UserId): Promise<void> {
  const at = world.now()
  await world.db.transaction((tx) =>
    tx
      .insertInto('sessions')
      .values({
        id: `ses_${user}`,
        hash: user,
        user_id: user,
        kind: 'sign-in',
        created_at: at,
        last_seen_at: at,
        expires_at: at + DAY_MS,
        ended_at: null,
        password_at: at,
        second_factor_at: null,
        amr: 'pwd',
        device_id: null,
        proof: null,
        wrong_codes: 0,
        sealed_origin: Uint8Array.of(1),
      })
      .execute(),
  )
}

async function openSessions(world: World, user: UserId): Promise<number> {
  const rows = await world.db.read.selectFrom('sessions').select('id').where('user_id', '=', user).where('ended_at', 'is', null).execute()
  return rows.length
}
