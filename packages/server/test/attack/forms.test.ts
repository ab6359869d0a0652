import { afterAll, beforeAll, expect, test } from 'vitest'
import { cookieName } from '../../src/http/cookies.ts'
import type { TokenId } from '../../src/ids.ts'
import { onBothEngines } from '../world.ts'
import { type Answer, administerBy, freshCode, makeOwner, type Owner, openStand, routesOf, type Stand, signInBy } from './stand.ts'

/** What stands in rows about a person and in no form. */
const EXTRAS = {
  role: 'admin',
  verified: '1',
  verified_at: '1',
  aal: '2',
  acr: '2',
  amr: 'mfa',
  failCount: '0',
  failures: '0',
  state: 'active',
  kind: 'sign-in',
  enrolled_at: '1',
  proof: 'security-code',
  wants_second_factor: '0',
  second_factor_at: '9999999999999',
  session: 'ses_x',
  admin: 'true',
}

onBothEngines('a form', (world) => {
  let stand: Stand
  let alice: Owner
  let bob: Owner
  beforeAll(async () => {
    stand = await openStand(world())
    alice = await makeOwner(world())
    bob = await makeOwner(world())
  })
  afterAll(() => stand.close())

  const rowsOf = async (owner: Owner): Promise<string> => {
    const tables = [
      'passwords',
      'question_answers',
      'question_rounds',
      'recovery_code_sets',
      'recovery_guards',
      'code_guards',
      'authenticators',
      'addresses',
      'activations',
      'sessions',
      'devices',
    ] as const
    const rows: unknown[] = [await world().db.read.selectFrom('users').selectAll().where('id', '=', owner.user).execute()]
    for (const table of tables) rows.push(await world().db.read.selectFrom(table).selectAll().where('user_id', '=', owner.user).execute())
    return JSON.stringify(rows)
  }

  test('gives nothing that it does not ask for, and to nobody else', async () => {
    const bobs = await rowsOf(bob)
    const extras = { ...EXTRAS, user: bob.user, userId: bob.user, user_id: bob.user, id: bob.user }
    const browser = stand.open()
    const flow = (await browser.get('/account')).location
    await browser.post(flow, { ...extras, name: alice.name, password: alice.password })
    expect((await browser.get('/account')).status).toBe(303)
    await browser.post(`${flow}/second-factor`, { ...extras, code: freshCode(world(), alice) })
    await browser.post('/self-administration', { ...extras, name: alice.name, password: alice.password })
    expect((await browser.get('/self-administration/actions')).location).toBe('/self-administration/confirm')
    await administerBy(stand, browser, alice)
    const password = 'mallory would like this password'
    const fields = {
      label: 'Renamed',
      saved: 'yes',
      email: 'alice-too@example.test',
      password,
      repeated: password,
      locale: 'en',
      timeZone: 'Europe/Berlin',
      token: alice.token,
      first: '000000',
      next: '000001',
      code: '000000',
    }
    for (const { method, path } of routesOf(stand)) {
      if (method !== 'POST' || /sign-out|sessions|\/delete|api\/|validate/.test(path)) continue
      await browser.post(path.replace(':token', alice.token).replaceAll(/:\w+/g, 'unknown'), { ...extras, ...fields })
    }
    expect(await rowsOf(bob)).toBe(bobs)
    const people = await world().db.read.selectFrom('users').select(['role', 'state']).execute()
    expect(new Set(people.map(({ role, state }) => `${role} ${state}`))).toEqual(new Set(['user active']))
    const added = await world()
      .db.read.selectFrom('addresses')
      .select('verified_at')
      .where('address', '=', 'alice-too@example.test')
      .execute()
    expect(added).toEqual([{ verified_at: null }])
  })

  test("with another person's token is as one with an unknown token", async () => {
    const bobs = await rowsOf(bob)
    const browser = stand.open()
    const dave = await makeOwner(world())
    await signInBy(stand, browser, dave)
    await administerBy(stand, browser, dave)
    const nobodys: TokenId = `tkn_${'A'.repeat(bob.token.length - 4)}`
    const shape = ({ status, location, body }: Answer, token: string) => [
      status,
      location,
      body.replaceAll(token, 'TOKEN').replaceAll(/req_[A-Za-z0-9_-]+/g, ''),
    ]
    for (const { method, path } of routesOf(stand).filter(({ path }) => path.includes(':token'))) {
      const ask = (token: string) =>
        method === 'GET'
          ? browser.copy().get(path.replace(':token', token))
          : browser
              .copy()
              .post(path.replace(':token', token), { token, label: 'Mine', code: '00000000', sure: 'yes', first: '000000', next: '000000' })
      expect(shape(await ask(bob.token), bob.token), `${method} ${path}`).toEqual(shape(await ask(nobodys), nobodys))
    }
    for (const desk of ['/self-administration', '/account']) {
      const ask = (token: string) => browser.copy().post(`${desk}/recreate`, { token, suspend: 'yes' })
      expect(shape(await ask(bob.token), bob.token), desk).toEqual(shape(await ask(nobodys), nobodys))
    }
    const hers = await world().db.read.selectFrom('sessions').select('id').where('user_id', '=', bob.user).executeTakeFirst()
    if (hers !== undefined) await browser.copy().post(`/account/sessions/${hers.id}/end`)
    expect(await rowsOf(bob)).toBe(bobs)
  })

  test('a sealed cookie is good where it was sealed for, and nowhere else', async () => {
    const erin = await makeOwner(world())
    const browser = stand.open()
    await administerBy(stand, browser, erin)
    await browser.post('/self-administration/recreate', { token: erin.token })
    const name = cookieName(world().config, 'activation')
    const sealed = browser.cookies.get(name) ?? ''
    expect((await stand.open([[name, sealed]]).get('/soft-token')).body).toContain('id="activation"')
    await browser.post('/self-administration', { name: 'nobody', password: 'x' })
    const flash = browser.cookies.get(cookieName(world().config, 'flash')) ?? ''
    const middle = Math.floor(sealed.length / 2)
    const flipped = `${sealed.slice(0, middle)}${sealed[middle] === 'A' ? 'B' : 'A'}${sealed.slice(middle + 1)}`
    for (const other of [flash, flipped, sealed.slice(0, -2), '', 'null', Buffer.from('{}').toString('base64url')])
      expect((await stand.open([[name, other]]).get('/soft-token')).location).toBe('/')
    // An hour after the first codes have run out, it opens nothing any more.
    world().pass((world().config.activation.minutes + 60) * 60_000)
    expect((await stand.open([[name, sealed]]).get('/soft-token')).location).toBe('/')
    const before = await rowsOf(erin)
    await stand.open([[name, sealed]]).post('/soft-token/new-codes')
    expect(await rowsOf(erin)).toBe(before)
  })
})
