import { expect, test } from 'vitest'
import { type Device, makeToken, showCode, wrongCode } from '../../test/device.ts'
import { mailsOf } from '../../test/mails.ts'
import { enrolPerson } from '../../test/people.ts'
import { signIn, siteOf, type Visitor, visit } from '../../test/visitor.ts'
import { BROWSER, onBothEngines, type World } from '../../test/world.ts'
import { drawId, type TokenId, type UserId } from '../ids.ts'
import { listSessions } from '../sessions/list-sessions.ts'
import { startSession } from '../sessions/start-session.ts'
import { findActivation } from '../tokens/find-activation.ts'
import { listTokens } from '../tokens/list-tokens.ts'
import { validateCode } from '../tokens/validate-code.ts'
import { addAddress } from '../users/add-address.ts'
import { findUser } from '../users/find-user.ts'
import { listAddresses } from '../users/list-addresses.ts'
import { accountPages } from './pages.ts'

const STEP = 30_000
const MINUTE = 60_000

type Owner = { user: UserId; name: string; token: TokenId; device: Device; browser: Visitor }
const siteNow = (world: World) => siteOf(world, { pages: [accountPages(world)] })

async function makeOwner(world: World, label = 'Work'): Promise<Owner> {
  const { user, name } = await enrolPerson(world)
  return { user, name, ...(await makeToken(world, user, label)), browser: await signIn(world, siteNow(world), user) }
}
const strangersBrowser = { ...BROWSER, browser: 'Mozilla/5.0 (iPhone; CPU iPhone OS 20_0) Version/20.0 Mobile Safari/605.1' }
const elsewhere = (world: World, user: UserId) =>
  world.db.transaction((tx) => startSession(world, tx, strangersBrowser, { user, kind: 'sign-in', amr: ['pwd'] }))

/** What pages might change; that a session was seen is no change. */
async function everything(world: World): Promise<string> {
  const tables = [
    'links',
    'notices',
    'authenticators',
    'passwords',
    'addresses',
    'outbox',
    'users',
    'activations',
    'code_guards',
    'recovery_code_sets',
  ] as const
  const rows: unknown[] = [await world.db.read.selectFrom('sessions').select(['id', 'ended_at']).execute()]
  for (const table of tables) rows.push(await world.db.read.selectFrom(table).selectAll().execute())
  return JSON.stringify(rows)
}
/** Every address of the room, with its parameters filled in. */
function addressesOf(world: World, method: string, values: Readonly<Record<string, string>>): string[] {
  const routes = accountPages(world).routes.filter((route) => route.method === method)
  return [...new Set(routes.map(({ path }) => path.replaceAll(/:(\w+)/g, (_, name: string) => values[name] ?? `no-${name}`)))]
}
const OPEN_TO_ALL = /^\/(?:account\/signed-out|address|address-confirmed)(?:\/|$)/

onBothEngines('my account', (world) => {
  test('every address asks for a sign-in with a fresh second factor, and does nothing before it', async () => {
    const { user, token } = await makeOwner(world())
    const added = await addAddress(world(), BROWSER, user, 'alice@example.test')
    const values = { token, session: drawId('ses', world().random), address: added.outcome === 'added' ? added.address : '' }
    const at = world().now()
    const site = siteNow(world())
    const visitors = [
      visit(world(), site),
      await signIn(world(), site, user, { amr: ['pwd'], secondFactorAt: 0 }),
      await signIn(world(), site, user, { secondFactorAt: at - 10 * MINUTE }),
    ]
    const before = await everything(world())
    let seen = 0
    for (const visitor of visitors) {
      for (const path of addressesOf(world(), 'GET', values).filter((path) => !OPEN_TO_ALL.test(path))) {
        seen += 1
        const answer = await visitor.get(path)
        expect([answer.status, answer.headers.get('location')], path).toEqual([303, expect.stringMatching(/^\/sign-in\/flw_/)])
      }
      for (const path of addressesOf(world(), 'POST', values).filter((path) => !OPEN_TO_ALL.test(path) && path !== '/account/sign-out')) {
        seen += 1
        const answer = await visitor.post(path, {
          label: 'x',
          first: '123456',
          next: '123457',
          email: 'eve@example.test',
          locale: 'en',
          timeZone: 'UTC',
        })
        expect([answer.status, answer.headers.get('location')], path).toEqual([303, expect.stringMatching(/^\/sign-in\/flw_/)])
      }
    }
    expect(seen).toBeGreaterThan(40)
    expect(await everything(world())).toBe(before)
  })

  test('a session of another kind opens nothing here', async () => {
    const { user } = await makeOwner(world())
    for (const kind of ['enrolment', 'self-administration', 'password-reset'] as const) {
      const visitor = await signIn(world(), siteNow(world()), user, { kind })
      expect((await visitor.get('/account')).status).toBe(303)
    }
  })

  test('a look changes nothing', async () => {
    const { token, browser } = await makeOwner(world())
    const before = await everything(world())
    for (let round = 0; round < 5; round += 1) for (const path of addressesOf(world(), 'GET', { token })) await browser.get(path)
    expect(await everything(world())).toBe(before)
  })

  test("everything of somebody else's is an unknown thing", async () => {
    const owner = await makeOwner(world(), 'Mine')
    const other = await makeOwner(world(), 'Theirs')
    const added = await addAddress(world(), BROWSER, other.user, 'bob@example.test')
    if (added.outcome !== 'added' || other.browser.session === undefined) throw new Error('an address and a session were expected')
    await addAddress(world(), BROWSER, owner.user, 'alice.unverified@example.test')
    const theirs = { token: other.token, session: other.browser.session, address: added.address }
    const unknown = { token: drawId('tkn', world().random), session: drawId('ses', world().random), address: drawId('adr', world().random) }
    const before = await everything(world())
    const fields = { label: 'Stolen', last: 'yes', sure: 'yes', first: '123456', next: '123457' }
    const strip = (text: string) => text.replaceAll(/(?:tkn|ses|adr|req)_[\w-]{22}/g, '')
    const parametric = (method: string) => addressesOf(world(), method, {}).filter((path) => /no-(token|session|address)/.test(path))
    for (const form of parametric('GET')) {
      const ask = async (values: Readonly<Record<string, string>>) => {
        const answer = await owner.browser.get(form.replace(/no-(\w+)/, (_, name: string) => values[name] ?? ''))
        return [answer.status, strip(await answer.text())]
      }
      expect(await ask(theirs), form).toEqual(await ask(unknown))
      expect((await ask(theirs))[0]).toBe(404)
    }
    for (const form of parametric('POST')) {
      const send = async (values: Readonly<Record<string, string>>) => {
        const answer = await owner.browser.post(
          form.replace(/no-(\w+)/, (_, name: string) => values[name] ?? ''),
          fields,
        )
        const next = answer.headers.get('location')
        return [answer.status, next, strip(next === null ? await answer.text() : await owner.browser.read(next))].map((part) =>
          String(part).replaceAll(/\d+ \w+ 2026, [\d:]+/g, ''),
        )
      }
      expect(await send(theirs), form).toEqual(await send(unknown))
    }
    expect(await everything(world())).toBe(before)
  })

  test('fields that no form has are not looked at', async () => {
    const { user, token, browser, name } = await makeOwner(world())
    const other = await makeOwner(world())
    const more = {
      role: 'admin',
      verified: '1',
      userId: other.user,
      user: other.user,
      aal: '3',
      failCount: '0',
      state: 'ended',
      loginName: 'root',
    }
    await browser.post('/account/preferences', { locale: 'en', timeZone: 'Asia/Tokyo', ...more })
    await browser.post(`/account/tokens/${token}/rename`, { label: 'Renamed', ...more })
    expect(await findUser(world(), user)).toMatchObject({ role: 'user', loginName: name, timeZone: 'Asia/Tokyo' })
    expect(await findUser(world(), other.user)).toMatchObject({ timeZone: 'UTC' })
    expect(await listTokens(world(), user)).toMatchObject([{ label: 'Renamed', state: 'active' }])
    expect(await listTokens(world(), other.user)).toMatchObject([{ label: 'Work', state: 'active' }])
    for (const fields of [{ locale: 'xx', timeZone: 'UTC' }, { locale: 'en' }, { timeZone: 'UTC' }])
      expect((await browser.post('/account/preferences', fields)).status).toBe(400)
    expect((await browser.send('/account/preferences', { locale: 'en', timeZone: 'Mars/Base' })).page).toContain(
      'There is no such time zone.',
    )
  })

  test('what people and browsers call themselves is text', async () => {
    const { user, name } = await enrolPerson(world())
    const evil = '<script>alert(1)</script>'
    await makeToken(world(), user, evil)
    await world().db.transaction((tx) =>
      tx.updateTable('users').set({ display_name: '"><img src=x onerror=alert(1)>' }).where('id', '=', user).execute(),
    )
    await world().db.transaction((tx) =>
      startSession(world(), tx, { ...BROWSER, browser: `${evil} Firefox/1` }, { user, kind: 'sign-in', amr: ['pwd'] }),
    )
    const page = await (await signIn(world(), siteNow(world()), user)).read('/account')
    expect(page).toContain(name)
    expect(page).toContain('&lt;script&gt;alert(1)')
    expect(page).not.toContain('<img src=x')
    expect([...page.matchAll(/<script/g)]).toHaveLength(1)
  })

  test('wrong codes since the sign-in before are said first', async () => {
    const { user } = await makeOwner(world())
    const page = await (await signIn(world(), siteNow(world()), user, { wrongCodes: 3 })).read('/account')
    expect(page).toContain('3 wrong security codes were tried')
    expect(page.indexOf('3 wrong security codes')).toBeLessThan(page.indexOf('How you sign in'))
  })

  test('disabling, enabling and deleting end every other session and tell the owner', async () => {
    const { user, token, browser } = await makeOwner(world())
    await makeToken(world(), user, 'Tablet')
    const told = async () => (await mailsOf(world(), user)).map(({ subject }) => subject)
    for (const [act, mail] of [
      ['disable', 'was disabled'],
      ['enable', 'enabled again'],
      ['delete', 'was deleted'],
    ] as const) {
      await elsewhere(world(), user)
      expect(await listSessions(world(), user)).toHaveLength(2)
      const sent = await browser.send(`/account/tokens/${token}/${act}`)
      expect([sent.status, sent.path], act).toEqual([303, '/account'])
      expect(await listSessions(world(), user)).toMatchObject([{ id: browser.session }])
      expect((await told()).at(-1)).toContain(mail)
    }
  })

  test('the last working token goes only from the page that says what that means', async () => {
    const { user, token, browser } = await makeOwner(world())
    const spare = await makeToken(world(), user, 'Tablet')
    expect(await browser.read(`/account/tokens/${token}/delete`)).toContain('<h1>Delete your soft token?</h1>')
    await browser.post(`/account/tokens/${spare.token}/disable`)
    const refused = await browser.send(`/account/tokens/${token}/delete`)
    expect([refused.status, refused.path]).toEqual([303, `/account/tokens/${token}/delete`])
    expect(refused.page).toContain('<h1>Delete your last soft token?</h1>')
    const unsure = await browser.send(`/account/tokens/${token}/disable`)
    expect(unsure.page).toContain('<h1>Disable your last soft token?</h1>')
    expect((await listTokens(world(), user)).find(({ id }) => id === token)).toMatchObject({ state: 'active' })
    expect((await browser.send(`/account/tokens/${token}/delete`, { last: 'yes' })).path).toBe('/account')
    expect((await listTokens(world(), user)).find(({ id }) => id === token)).toBeUndefined()
  })

  test('a token is synchronised by two codes, and neither comes back in a page or an address', async () => {
    const { token, device, user, browser } = await makeOwner(world())
    const path = `/account/tokens/${token}/synchronise`
    const wrong = wrongCode(device, world().now())
    const refused = await browser.send(path, { first: wrong, next: wrong })
    expect(refused.page).toContain('role="alert"')
    expect(`${refused.path}${refused.page}`).not.toContain(wrong)
    expect((await browser.send(path, { first: 'abc', next: '1' })).page).toContain('A security code has 6 or 8 digits.')
    const shown = { first: showCode(device, world().now(), 60), next: showCode(device, world().now(), 61) }
    expect(await browser.send(path, shown)).toMatchObject({ path: '/account' })
    world().pass(2 * STEP)
    expect(await validateCode(world(), BROWSER, user, showCode(device, world().now(), 61), { bare: false })).toMatchObject({
      outcome: 'accepted',
    })
  })

  test('synchronising spends the budget of security codes', async () => {
    const { token, device, user, browser } = await makeOwner(world())
    for (let number = 0; number < 5; number += 1) {
      const wrong = wrongCode(device, world().now())
      await browser.post(`/account/tokens/${token}/synchronise`, { first: wrong, next: wrong })
    }
    expect(await validateCode(world(), BROWSER, user, showCode(device, world().now()), { bare: false })).toMatchObject({
      outcome: 'waiting',
    })
  })

  test('a second token is added, and an activation that waits is gone on with', async () => {
    const { user, browser } = await makeOwner(world())
    expect((await browser.send('/account/tokens/add', { label: '  ' })).page).toContain('A name has 1 to 40 characters')
    const added = await browser.post('/account/tokens/add', { label: 'Tablet' })
    expect([added.status, added.headers.get('location')]).toEqual([303, '/soft-token'])
    expect(await findActivation(world(), user)).toMatchObject({ label: 'Tablet', state: 'open' })
    const page = await browser.read('/account')
    expect(page).toContain('Go on with the activation')
    const code = (await findActivation(world(), user))?.activationCode ?? 'none'
    expect(page.replaceAll(/<[^>]+>/g, '')).not.toContain(code)
    expect((await browser.post('/account/tokens/continue')).headers.get('location')).toBe('/soft-token')
    expect(await listTokens(world(), user)).toHaveLength(1)
  })

  test('sessions end one by one, all others at once, and the own one by signing out', async () => {
    const { user, browser } = await makeOwner(world())
    const phone = await elsewhere(world(), user)
    const page = await browser.read('/account')
    expect(page).toMatch(/Sign out<span class="unseen"> of Safari 20, iPhone, since /)
    expect((await browser.send(`/account/sessions/${phone.id}/end`)).page).toContain('That session has ended.')
    await elsewhere(world(), user)
    await elsewhere(world(), user)
    await browser.post('/account/sessions/end-others')
    expect(await listSessions(world(), user)).toMatchObject([{ id: browser.session }])
    const left = await browser.send('/account/sign-out')
    expect([left.status, left.path]).toEqual([303, '/account/signed-out'])
    expect(await listSessions(world(), user)).toEqual([])
    expect((await browser.get('/account')).status).toBe(303)
  })

  test('signing out asks for no second factor', async () => {
    const { user } = await makeOwner(world())
    const browser = await signIn(world(), siteNow(world()), user, { amr: ['pwd'], secondFactorAt: 0 })
    expect((await browser.post('/account/sign-out')).headers.get('location')).toBe('/account/signed-out')
    expect((await listSessions(world(), user)).map(({ id }) => id)).not.toContain(browser.session)
  })

  test('an address is verified by the link that is mailed there, once, by its button', async () => {
    const { user, browser } = await makeOwner(world())
    await browser.post('/account/addresses/add', { email: 'alice.private@example.test' })
    const mail = (await mailsOf(world(), user)).find(({ to }) => to.includes('alice.private@example.test'))
    const path = /\/address\/[\w-]{43}/.exec(mail?.text ?? '')?.[0] ?? ''
    const verified = async () =>
      (await listAddresses(world(), user)).find(({ address }) => address === 'alice.private@example.test')?.verifiedAt
    const anywhere = visit(world(), siteNow(world()))
    for (let number = 0; number < 50; number += 1) expect((await anywhere.get(path)).status).toBe(200)
    expect(await verified()).toBeUndefined()
    expect((await anywhere.send(path)).page).toContain('Your mail address is confirmed')
    expect(await verified()).toBe(world().now())
    expect((await anywhere.get(path)).status).toBe(404)
    expect((await anywhere.send(path)).path).toBe(path)
    expect((await mailsOf(world(), user)).filter(({ subject }) => subject.includes('mail address was added'))).toHaveLength(1)
  })

  test('five links an hour are mailed, and no more', async () => {
    const { user, browser } = await makeOwner(world())
    await browser.post('/account/addresses/add', { email: `${user.slice(4, 12).replaceAll(/[^a-z]/gi, 'x')}@example.test` })
    const open = (await listAddresses(world(), user)).find(({ verifiedAt }) => verifiedAt === undefined)
    const pages = await Promise.all(Array.from({ length: 20 }, () => browser.post(`/account/addresses/${open?.id}/link`)))
    expect(pages.every(({ status }) => status === 303)).toBe(true)
    const made = await world()
      .db.read.selectFrom('links')
      .select('id')
      .where('user_id', '=', user)
      .where('purpose', '=', 'address')
      .execute()
    expect(made).toHaveLength(5)
  })

  test('a page of another origin changes nothing', async () => {
    const { token, browser } = await makeOwner(world())
    const before = await everything(world())
    for (const path of addressesOf(world(), 'POST', { token }))
      for (const origin of ['http://evil.example.test', 'null', world().config.token.url, world().config.portal.url])
        expect((await browser.post(path, { label: 'x', last: 'yes', sure: 'yes' }, { origin })).status, path).toBe(403)
    expect(await everything(world())).toBe(before)
  })
})
