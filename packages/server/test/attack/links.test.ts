import { afterAll, beforeAll, expect, test } from 'vitest'
import { Browser as OidcBrowser } from '../../src/federation/oidc/test/browser.ts'
import {
  authorize,
  CALLBACK,
  errorOf,
  newParty,
  type Stand as OidcStand,
  type Party,
  postToken,
  requestOf,
} from '../../src/federation/oidc/test/stand.ts'
import { NOTICE_ACTIONS, tellOwner } from '../../src/notices/tell-owner.ts'
import { findSession } from '../../src/sessions/find-session.ts'
import { findActivation } from '../../src/tokens/find-activation.ts'
import { addAddress } from '../../src/users/add-address.ts'
import { verifyAddress } from '../../src/users/verify-address.ts'
import { addIdentity, makeToken } from '../device.ts'
import { BROWSER, onBothEngines } from '../world.ts'
import {
  administerBy,
  answersOf,
  browserWith,
  everything,
  freshCode,
  linkIn,
  makeOwner,
  type Owner,
  openStand,
  post,
  resetBy,
  type Stand,
  signInBy,
} from './stand.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const NEW_PASSWORD = 'a new password, and a long one'
/** As many as are released together. */
const RACERS = 200

onBothEngines('a link', (world) => {
  let stand: Stand
  let owner: Owner
  beforeAll(async () => {
    stand = await openStand(world())
    owner = await makeOwner(world())
    await post(world())
  })
  afterAll(() => stand.close())

  async function askForReset(): Promise<string> {
    await stand.open().post('/forgotten-password', { name: owner.name, email: owner.email })
    return linkIn(await post(world()), 'reset-password')
  }

  async function tell(): Promise<string> {
    await world().db.transaction((tx) => tellOwner(world(), tx, BROWSER, owner.user, { action: 'other-notice' }))
    return linkIn(await post(world()), 'notice')
  }

  test('is looked at fifty times without acting, then acts', async () => {
    const [reset, notice] = [await askForReset(), await tell()]
    const signedIn = stand.open()
    await signInBy(stand, signedIn, owner)
    const before = await everything(world())
    for (const path of [reset, `${reset}/questions`, notice]) {
      for (let looks = 0; looks < 50; looks += 1) {
        const answer = await stand.open().send({ method: looks % 2 === 0 ? 'GET' : 'HEAD', path })
        expect([answer.status, answer.headers['set-cookie']], path).toEqual([200, undefined])
      }
    }
    expect(await everything(world())).toBe(before)
    const browser = stand.open()
    expect((await browser.post(`${reset}/questions`, await answersOf(world(), owner))).location).toBe('/new-password')
    expect((await stand.open().post(notice)).status).toBe(303)
    expect((await signedIn.get('/enrolment/all-set')).location).toMatch(/^\/sign-in\//)
  })

  test('for a new password is good once, however many try at once', async () => {
    const link = await askForReset()
    const answers = await answersOf(world(), owner)
    const before = await world().db.read.selectFrom('sessions').select('id').where('kind', '=', 'password-reset').execute()
    const code = freshCode(world(), owner)
    const racers = Array.from({ length: RACERS }, (_, n) =>
      n % 4 === 0 ? stand.open().post(`${link}/questions`, answers) : stand.open().post(link, { code }),
    )
    const results = await Promise.all(racers)
    const after = await world().db.read.selectFrom('sessions').select('id').where('kind', '=', 'password-reset').execute()
    expect(results.filter(({ location }) => location === '/new-password').length).toBe(1)
    expect(after.length - before.length).toBe(1)
    world().pass(HOUR)
    expect((await stand.open().get(link)).status).toBe(404)
  })

  test('to say `This wasn’t me` acts once, however many press at once', async () => {
    const link = await tell()
    const before = await world().db.read.selectFrom('audit_events').select('id').execute()
    await Promise.all(Array.from({ length: RACERS }, () => stand.open().post(link)))
    const notice = await world().db.read.selectFrom('notices').select('id').where('repudiated_at', 'is not', null).execute()
    const used = await world()
      .db.read.selectFrom('links')
      .select('id')
      .where('purpose', '=', 'notice')
      .where('used_at', 'is not', null)
      .execute()
    expect(notice.length).toBe(used.length)
    const after = await world().db.read.selectFrom('audit_events').select('id').execute()
    expect(after.length - before.length).toBeLessThan(10)
  })

  test('that is too old, or older than another, is none', async () => {
    const first = await askForReset()
    const second = await askForReset()
    expect((await stand.open().get(first)).status).toBe(404)
    world().pass(30 * MINUTE)
    for (const path of [second, `${second}/questions`]) {
      expect((await stand.open().get(path)).status).toBe(404)
      const browser = stand.open()
      expect((await browser.post(path, { ...(await answersOf(world(), owner)), code: freshCode(world(), owner) })).status).toBe(404)
      expect(browser.cookie('password-reset')).toBeUndefined()
    }
    const notice = await tell()
    world().pass(7 * 24 * HOUR)
    expect((await stand.open().get(notice)).status).toBe(404)
    const before = await everything(world())
    await stand.open().post(notice)
    expect(await everything(world())).toBe(before)
  })

  test('of one kind is none of another kind', async () => {
    const [reset, notice] = [(await askForReset()).split('/').at(-1), (await tell()).split('/').at(-1)]
    for (const path of [`/notice/${reset}`, `/welcome/${reset}`, `/address/${reset}`, `/reset-password/${notice}`, `/welcome/${notice}`])
      expect((await stand.open().get(path)).status, path).toBe(404)
  })

  test('asked for again and again sends no flood of mail, and leaves the first ones good', async () => {
    world().pass(HOUR)
    await post(world())
    for (let asked = 0; asked < 30; asked += 1) await stand.open().post('/forgotten-password', { name: owner.name, email: owner.email })
    const letters = await post(world())
    expect(letters.length).toBeLessThanOrEqual(3)
    const looks = await Promise.all(letters.map((letter) => stand.open().get(linkIn([letter], 'reset-password'))))
    expect(looks.filter(({ status }) => status === 200).length).toBe(1)
    world().pass(HOUR)
    expect((await stand.open().get(await askForReset())).status).toBe(200)
  })
})

/** The same origin, for what plays relying parties. */
function doorOf({ world, oidc: door, port, close }: Stand): OidcStand {
  const { url } = world.config.login
  const at = `http://127.0.0.1:${port}`
  return { ctx: world, door, url, at, newBrowser: () => new OidcBrowser(url, at), close }
}

onBothEngines('a password that was reset', (world) => {
  let stand: Stand
  beforeAll(async () => {
    stand = await openStand(world())
  })
  afterAll(() => stand.close())

  const reset = async (owner: Owner, browser = stand.open()) => {
    await resetBy(stand, browser, owner)
    const answer = await browser.post('/new-password', { password: NEW_PASSWORD, repeated: NEW_PASSWORD })
    return { answer, browser, owner: { ...owner, password: NEW_PASSWORD } }
  }

  test('ends every session and flow, gives none, and still asks for a second factor', async () => {
    const owner = await makeOwner(world())
    const others = [stand.open(), stand.open(), stand.open()] as const
    await signInBy(stand, others[0], owner)
    await signInBy(stand, others[1], owner, { half: true })
    await administerBy(stand, others[2], owner)
    const own = stand.open()
    await signInBy(stand, own, owner)
    const { answer, browser } = await reset(owner, own)
    expect([answer.status, answer.location]).toEqual([303, '/sign-in'])
    const alive = await world()
      .db.read.selectFrom('sessions')
      .select('kind')
      .where('user_id', '=', owner.user)
      .where('ended_at', 'is', null)
      .execute()
    expect(alive).toEqual([])
    for (const other of [...others, browser]) expect((await findSession(world(), 'sign-in', other.cookie('sign-in')))?.id).toBeUndefined()
    for (const other of [others[0], browser]) expect((await other.get('/account')).location).toMatch(/^\/sign-in\/flw_/)
    expect((await others[2].get('/self-administration/actions')).location).toBe('/self-administration')
    const again = stand.open()
    const flow = (await again.get('/account')).location
    await again.post(flow, { name: owner.name, password: NEW_PASSWORD })
    expect([(await again.get(flow)).body.includes('name="code"'), again.cookie('sign-in')]).toEqual([true, undefined])
  })

  test('ends every token that relying parties have, offline ones too, and every code under way', async () => {
    // The OpenID Connect library has a clock of its own.
    world().setTime(Date.now())
    const owner = await makeOwner(world())
    const door = doorOf(stand)
    const parties = [await newParty(door, { refreshTokens: true }), await newParty(door, { refreshTokens: true })] as const
    const own = stand.open()
    await signInBy(stand, own, owner)
    const browser = door.newBrowser()
    for (const [name, value] of own.cookies) browser.cookies.set(name, { value, path: '/', line: '' })
    const refresh = (party: Party, token: string | undefined) =>
      postToken(door, party, { grant_type: 'refresh_token', refresh_token: token ?? '' })
    const opens = (token: string | undefined) =>
      stand.ask({ method: 'GET', path: '/oidc/userinfo', headers: { authorization: `Bearer ${token}` } })
    const hold = async (party: Party) => {
      const offline = await authorize(party, browser, { scope: 'openid offline_access', prompt: 'consent' })
      const renewed = await refresh(party, offline.refresh_token)
      const request = await requestOf(party)
      const code = (await browser.open(request.url)).url.searchParams.get('code') ?? ''
      const pending = { grant_type: 'authorization_code', redirect_uri: CALLBACK, code, code_verifier: request.verifier }
      expect([renewed.status, (await opens(renewed.body['access_token'])).status]).toEqual([200, 200])
      return { party, renewed: renewed.body, online: await authorize(party, browser), pending }
    }
    const held = [await hold(parties[0]), await hold(parties[1])]
    await reset(owner)
    for (const { party, renewed, online, pending } of held) {
      expect((await refresh(party, renewed['refresh_token'])).body).toMatchObject({ error: 'invalid_grant' })
      expect((await postToken(door, party, pending)).body).toMatchObject({ error: 'invalid_grant' })
      for (const token of [renewed['access_token'], online.access_token]) expect((await opens(token)).status).toBe(401)
      expect(await errorOf(party, browser, { prompt: 'none' })).toBe('login_required')
    }
  })

  test('makes its proof open no token for a day, by either way in, nor an activation that was under way', async () => {
    const { owner } = await reset(await makeOwner(world()))
    const browser = stand.open()
    expect((await administerBy(stand, browser, owner)).location).toBe('/self-administration/actions')
    const closed = async () => {
      const before = await everything(world())
      for (const path of ['/recreate', '/unlock', `/unlock/${owner.token}`]) {
        expect((await browser.get(`/self-administration${path}`)).location, path).toBe('/self-administration/actions')
        browser.cookies.delete('latchkey_flash')
      }
      expect((await browser.post('/self-administration/recreate', { token: owner.token, suspend: 'yes' })).location).toBe(
        '/self-administration/actions',
      )
      expect((await browser.post(`/self-administration/unlock/${owner.token}`, { token: owner.token, code: 'x' })).location).toBe(
        '/self-administration/actions',
      )
      expect(await everything(world())).toBe(before)
    }
    await closed()
    world().pass(24 * HOUR - 20 * MINUTE)
    await administerBy(stand, browser, owner)
    await closed()
    world().pass(21 * MINUTE)
    await administerBy(stand, browser, owner)
    expect((await browser.get('/self-administration/recreate')).status).toBe(200)
  })

  test('by a recovery code, makes the next one open no token in `My account` either', async () => {
    const owner = await makeOwner(world())
    await stand.open().post('/forgotten-password', { name: owner.name, email: owner.email })
    const link = linkIn(await post(world()), 'reset-password')
    const thief = stand.open()
    await thief.post(`${link}/recovery-code`, { code: owner.recoveryCodes[0] ?? '' })
    await thief.post('/new-password', { password: NEW_PASSWORD, repeated: NEW_PASSWORD })
    const flow = (await thief.get('/account')).location
    await thief.post(flow, { name: owner.name, password: NEW_PASSWORD })
    await thief.post(`${flow}/recovery-code`, { code: owner.recoveryCodes[1] ?? '' })
    expect((await thief.get('/account')).status).toBe(200)
    const tokens = () => world().db.read.selectFrom('authenticators').selectAll().where('user_id', '=', owner.user).execute()
    const before = await tokens()
    expect((await thief.post('/account/recreate', { token: owner.token, suspend: 'yes' })).location).toBe('/account')
    expect((await thief.get(`/account/unlock/${owner.token}`)).location).toBe('/account')
    expect((await thief.post('/account/tokens/add', { label: 'Thief' })).location).toBe('/account')
    expect(await tokens()).toEqual(before)
  })

  test('makes an activation of the owner’s that is under way nobody else’s to finish', async () => {
    const owner = await makeOwner(world())
    const own = stand.open()
    await administerBy(stand, own, owner)
    await own.post('/self-administration/recreate', { token: owner.token })
    expect((await own.get('/soft-token')).body).toContain('id="activation"')
    const changed = await reset(owner)
    expect((await own.get('/soft-token')).location).toBe('/')
    const thief = stand.open()
    expect((await administerBy(stand, thief, changed.owner)).location).toBe('/self-administration/actions')
    expect((await thief.get('/soft-token')).location).toBe('/')
  })
})

onBothEngines('an owner is told', (world) => {
  let stand: Stand
  beforeAll(async () => {
    stand = await openStand(world())
  })
  afterAll(() => stand.close())

  const registrationCodeOf = async ({ user }: Owner): Promise<string> => {
    const view = await findActivation(world(), user)
    if (view === undefined) throw new Error('an activation was expected')
    return (await addIdentity(view.serialNumber, view.activationCode)).registrationCode
  }

  test('at every address that is theirs, of each thing that was done, with a link that works', async () => {
    const owner = await makeOwner(world())
    const added = await addAddress(world(), BROWSER, owner.user, 'second@example.test')
    if (added.outcome !== 'added') throw new Error(added.outcome)
    await verifyAddress(world(), BROWSER, owner.user, added.address)
    await addAddress(world(), BROWSER, owner.user, 'unverified@example.test')
    world().pass(7 * 86_400_000)
    // Whoever adds an address of their own does not get to undo what its owner does.
    const lately = await addAddress(world(), BROWSER, owner.user, 'lately@example.test')
    if (lately.outcome !== 'added') throw new Error(lately.outcome)
    await verifyAddress(world(), BROWSER, owner.user, lately.address)
    await post(world())
    const browser = stand.open()
    const DEEDS: readonly (readonly [string, () => Promise<unknown>])[] = [
      ['another token', () => makeToken(world(), owner.user, 'Home')],
      ['recovery code', async () => browser.post('/self-administration/confirm/recovery-code', { code: owner.recoveryCodes[0] ?? '' })],
      [
        'questions',
        () =>
          browser.post(
            '/self-administration/security-questions',
            Object.entries(owner.answers).flatMap(
              ([q, a], n) =>
                [
                  [`question-${n + 1}`, q],
                  [`answer-${n + 1}`, a],
                ] as const,
            ),
          ),
      ],
      ['recovery codes', () => browser.post('/self-administration/recovery-codes/renew')],
      ['password', () => browser.post('/self-administration/password', { password: NEW_PASSWORD, repeated: NEW_PASSWORD })],
      ['unlock', () => browser.post(`/self-administration/unlock/${owner.token}`, { token: owner.token, code: owner.device.resetCode })],
      ['suspended', () => browser.post('/self-administration/recreate', { token: owner.token, suspend: 'yes' })],
      ['binding', async () => browser.post('/soft-token/register', { code: await registrationCodeOf(owner) })],
    ]
    await administerBy(stand, browser, owner, { half: true })
    let link = ''
    for (const [name, deed] of DEEDS) {
      await deed()
      const letters = await post(world())
      expect(letters.map(({ to }) => to).sort(), name).toEqual([owner.email, 'lately@example.test', 'second@example.test'].sort())
      expect(letters.find(({ to }) => to === 'lately@example.test')?.text, name).not.toContain('/notice/')
      for (const letter of letters.filter(({ to }) => to !== 'lately@example.test'))
        expect((await stand.open().get(linkIn([letter], 'notice'))).body, name).toContain('This wasn')
      link = linkIn(
        letters.filter(({ to }) => to === owner.email),
        'notice',
      )
    }
    const thief = (await browserWith(stand, { user: owner.user, kind: 'sign-in', amr: ['pwd'] })).browser
    expect((await thief.get('/enrolment/all-set')).status).toBe(200)
    await stand.open().post(link)
    expect((await thief.get('/enrolment/all-set')).status).toBe(303)
    expect((await browser.get('/self-administration/actions')).status).toBe(303)
    const token = await world().db.read.selectFrom('authenticators').select('state').where('id', '=', owner.token).executeTakeFirst()
    expect(token?.state).toBe('active')
    const others = await world().db.read.selectFrom('authenticators').select('state').where('user_id', '=', owner.user).execute()
    expect(others.map(({ state }) => state).sort()).toEqual(['active', 'active', 'suspended'])
    expect(NOTICE_ACTIONS.length).toBeGreaterThan(10)
  })
})
