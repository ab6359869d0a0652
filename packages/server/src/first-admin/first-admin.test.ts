import { beforeEach, expect, test } from 'vitest'
import { BROWSER, makePerson, onBothEngines } from '../../test/world.ts'
import { findLink } from '../links/find-link.ts'
import { makeLink } from '../links/make-link.ts'
import { makeFirstAdmin } from './make-first-admin.ts'
import { makeFirstAdminLink } from './make-first-admin-link.ts'

const ALICE = { name: 'alice', email: 'alice@example.test' }

onBothEngines('the first administrator', (world) => {
  beforeEach(async () => {
    await world().db.transaction(async (tx) => {
      for (const table of ['users', 'addresses', 'links', 'code_guards', 'recovery_guards'] as const) await tx.deleteFrom(table).execute()
    })
  })
  const newSecret = async (): Promise<string> => (await makeFirstAdminLink(world()))?.split('/').at(-1) ?? ''
  const people = () => world().db.read.selectFrom('users').select(['role', 'login_name']).execute()

  test('a link makes one administrator, once', async () => {
    const secret = await newSecret()
    const made = await makeFirstAdmin(world(), BROWSER, secret, ALICE)
    expect(made).toMatchObject({ outcome: 'made' })
    if (made.outcome !== 'made') return
    expect(await findLink(world(), 'enrolment', made.enrolmentLink)).toMatchObject({ user: made.user })
    expect(await makeFirstAdmin(world(), BROWSER, secret, { ...ALICE, name: 'bob' })).toEqual({ outcome: 'spent' })
    expect(await people()).toEqual([{ role: 'admin', login_name: 'alice' }])
  })

  test('raced 200 times, with several links, from two instances: one administrator', async () => {
    const other = await world().another()
    const make = (index: number) =>
      world().db.transaction(async (tx) => {
        const secret = await makeLink(world(), tx, { purpose: 'first-admin', user: undefined, goodForMs: 60_000 })
        // As if the two had been made at the same moment, so that neither had voided the other.
        if (index > 0) await tx.updateTable('links').set({ used_at: null }).execute()
        return secret
      })
    const secrets = [await make(0), await make(1), await make(2)]
    const all = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        makeFirstAdmin(index % 2 ? world() : other, BROWSER, secrets[index % 3] ?? '', {
          name: `admin-${index}`,
          email: `admin-${index}@example.test`,
        }),
      ),
    )
    expect(all.filter(({ outcome }) => outcome === 'made').length).toBe(1)
    expect(all.filter(({ outcome }) => outcome === 'spent').length).toBe(199)
    expect((await people()).length).toBe(1)
  })

  test('what was mistyped costs no link', async () => {
    const secret = await newSecret()
    expect(await makeFirstAdmin(world(), BROWSER, secret, { ...ALICE, email: 'nonsense' })).toMatchObject({
      outcome: 'malformed',
      field: 'email',
    })
    expect(await makeFirstAdmin(world(), BROWSER, secret, ALICE)).toMatchObject({ outcome: 'made' })
  })

  test('once there is anybody, no link is made, and one from before is spent', async () => {
    const secret = await newSecret()
    await makePerson(world())
    expect(await makeFirstAdminLink(world())).toBeUndefined()
    expect(await makeFirstAdmin(world(), BROWSER, secret, ALICE)).toEqual({ outcome: 'spent' })
    expect((await people()).map(({ role }) => role)).toEqual(['user'])
  })

  test('an unknown link, an expired one and one that a newer one replaced are spent', async () => {
    const old = await newSecret()
    const expired = await newSecret()
    expect(await makeFirstAdmin(world(), BROWSER, old, ALICE)).toEqual({ outcome: 'spent' })
    expect(await makeFirstAdmin(world(), BROWSER, 'AAAA', ALICE)).toEqual({ outcome: 'spent' })
    world().pass(24 * 3_600_000)
    expect(await makeFirstAdmin(world(), BROWSER, expired, ALICE)).toEqual({ outcome: 'spent' })
    expect(await people()).toEqual([])
  })
})
