import { expect, test } from 'vitest'
import { addIdentity, makeToken, showCode } from '../../test/device.ts'
import { mailsOf } from '../../test/mails.ts'
import { enrolPerson } from '../../test/people.ts'
import { signIn, siteOf, type Visitor, visit } from '../../test/visitor.ts'
import { BROWSER, onBothEngines, type World } from '../../test/world.ts'
import { undoChanges } from '../account/undo-changes.ts'
import type { UserId } from '../ids.ts'
import { checkPassword } from '../passwords/check-password.ts'
import { setPassword } from '../passwords/set-password.ts'
import { confirmSaved } from '../recovery-codes/confirm-saved.ts'
import { countRecoveryCodes } from '../recovery-codes/count-recovery-codes.ts'
import { renewRecoveryCodes } from '../recovery-codes/renew-recovery-codes.ts'
import { listSessions } from '../sessions/list-sessions.ts'
import { disableToken } from '../tokens/disable-token.ts'
import { enableToken } from '../tokens/enable-token.ts'
import { endToken } from '../tokens/end-token.ts'
import { findActivation } from '../tokens/find-activation.ts'
import { issueToken } from '../tokens/issue-token.ts'
import { listTokens } from '../tokens/list-tokens.ts'
import { registerToken } from '../tokens/register-token.ts'
import { validateCode } from '../tokens/validate-code.ts'
import { addAddress } from '../users/add-address.ts'
import { listAddresses } from '../users/list-addresses.ts'
import { verifyAddress } from '../users/verify-address.ts'
import { noticePages } from './pages.ts'
import { repudiate, type Undo } from './repudiate.ts'
import { tellOwner } from './tell-owner.ts'

const DAY = 24 * 3_600_000
const PASSWORD = 'correct horse battery staple'
const STRANGERS = 'purple elephants dance quietly'

const siteNow = (world: World, undo: Undo = undoChanges(world)) => siteOf(world, { pages: [noticePages(world, undo)] })
/** The link in the newest mail to the person about this. */
async function linkOf(world: World, user: UserId, about: string): Promise<string> {
  const mail = (await mailsOf(world, user)).findLast(({ subject, text }) => subject.includes(about) && text.includes('/notice/'))
  const path = /\/notice\/[A-Za-z0-9_-]+/.exec(mail?.text ?? '')?.[0]
  if (path === undefined) throw new Error(`a mail about ${about} was expected`)
  return path
}
/** Of every notice, the earliest first. */
const noticeLinks = async (world: World, user: UserId): Promise<string[]> =>
  (await mailsOf(world, user)).flatMap(({ text }) => /\/notice\/[A-Za-z0-9_-]+/.exec(text)?.[0] ?? [])
const press = (world: World, path: string): ReturnType<Visitor['send']> => visit(world, siteNow(world)).send(path)
const stateOf = async (world: World, token: string) =>
  (await world.db.read.selectFrom('authenticators').select(['id', 'state', 'reason']).execute()).find(({ id }) => id === token)
/** Everything that a look at a page might change. */
async function everything(world: World): Promise<string> {
  const tables = [
    'links',
    'notices',
    'authenticators',
    'sessions',
    'passwords',
    'addresses',
    'outbox',
    'audit_events',
    'recovery_code_sets',
  ] as const
  const rows = []
  for (const table of tables) rows.push(await world.db.read.selectFrom(table).selectAll().execute())
  return JSON.stringify(rows)
}

onBothEngines(
  "wasn't it you",
  (world) => {
    test('a look changes nothing, however often', async () => {
      const { user } = await enrolPerson(world())
      const { token } = await makeToken(world(), user)
      await signIn(world(), siteNow(world()), user)
      const path = await linkOf(world(), user, 'was activated')
      const before = await everything(world())
      for (let number = 0; number < 50; number += 1) expect((await visit(world(), siteNow(world())).get(path)).status).toBe(200)
      for (const method of ['HEAD', 'OPTIONS']) await siteNow(world()).request(path, { method }, {})
      expect(await everything(world())).toBe(before)
      expect(await stateOf(world(), token)).toMatchObject({ state: 'active' })
    })

    test('the page says what and when, in the zone of its owner, to whoever has the link', async () => {
      const { user } = await enrolPerson(world())
      await makeToken(world(), user)
      await world().db.transaction((tx) => tx.updateTable('users').set({ time_zone: 'Asia/Tokyo' }).where('id', '=', user).execute())
      const page = await visit(world(), siteNow(world())).read(await linkOf(world(), user, 'was activated'))
      expect(page).toContain('Wasn&#39;t it you?')
      expect(page).toContain('A soft token was activated for your account')
      expect(page).toMatch(/at \d\d:\d\d:\d\d (JST|GMT\+9)/)
      expect(page).toContain('This wasn&#39;t me')
    })

    test('a re-created token: the new one is suspended, the old one is back, every session has ended, the help desk is told', async () => {
      const { user, name } = await enrolPerson(world())
      const old = await makeToken(world(), user)
      const fresh = await makeToken(world(), user, 'Stranger')
      const owner = await signIn(world(), siteNow(world()), user)
      await endToken(world(), BROWSER, user, old.token)
      await world().db.transaction((tx) =>
        tellOwner(world(), tx, BROWSER, user, { action: 'token-recreated', added: fresh.token, ended: old.token }),
      )
      const path = await linkOf(world(), user, 're-created')
      const pressed = await press(world(), path)
      expect(pressed).toMatchObject({ status: 303, path })
      for (const said of [
        'You were signed out everywhere',
        'that was added is suspended',
        'from before is back',
        'The help desk was told',
        'href="/account/password"',
      ])
        expect(pressed.page).toContain(said)
      expect(await stateOf(world(), fresh.token)).toMatchObject({ state: 'suspended', reason: 'repudiated' })
      expect(await stateOf(world(), old.token)).toMatchObject({ state: 'active' })
      expect(await listSessions(world(), user)).toEqual([])
      expect(owner.session).toBeDefined()
      expect(await validateCode(world(), BROWSER, user, showCode(fresh.device, world().now()), { bare: false })).toMatchObject({
        outcome: 'wrong-code',
      })
      world().pass(30_000)
      expect(await validateCode(world(), BROWSER, user, showCode(old.device, world().now()), { bare: false })).toMatchObject({
        outcome: 'accepted',
      })
      const desk = await deskMails(world())
      const [mail] = desk.filter(({ subject }) => subject.includes(name))
      expect(mail).toMatchObject({ to: ['desk@example.test'] })
      expect(mail?.text).toContain('re-created')
      expect(mail?.text).not.toMatch(/\/notice\/|\/welcome\//)
    })

    test('what was ended comes back within seven days, and not after them', async () => {
      const { user } = await enrolPerson(world())
      const { token } = await makeToken(world(), user)
      await endToken(world(), BROWSER, user, token, { evenIfLast: true })
      const path = await linkOf(world(), user, 'was deleted')
      world().pass(7 * DAY)
      const late = await press(world(), path)
      expect(late.page).toContain('This link is over')
      expect(await stateOf(world(), token)).toMatchObject({ state: 'ended' })
    })

    test('a link is good once: of two hundred presses together, one is acted upon', async () => {
      const { user } = await enrolPerson(world())
      await makeToken(world(), user)
      const secret = (await linkOf(world(), user, 'was activated')).replace('/notice/', '')
      const other = await world().another()
      const answers = await Promise.all(
        Array.from({ length: 200 }, (_, number) => {
          const here = number % 2 === 0 ? world() : other
          return repudiate(here, BROWSER, secret, undoChanges(here))
        }),
      )
      expect(answers.filter(({ outcome }) => outcome === 'repudiated')).toHaveLength(1)
      const recorded = await world()
        .db.read.selectFrom('audit_events')
        .select('id')
        .where('subject', '=', user)
        .where('action', '=', 'notices.repudiate')
        .execute()
      expect(recorded).toHaveLength(1)
    })

    test('used again, the link says what to do next and acts no more', async () => {
      const { user } = await enrolPerson(world())
      const { token } = await makeToken(world(), user)
      const path = await linkOf(world(), user, 'was activated')
      await press(world(), path)
      await world().db.transaction((tx) => tx.updateTable('authenticators').set({ state: 'active' }).where('id', '=', token).execute())
      const again = await press(world(), path)
      expect(again.page).toContain('You said that it was not you')
      expect(await stateOf(world(), token)).toMatchObject({ state: 'active' })
    })

    test('unknown and expired links look alike, and nothing is posted to them', async () => {
      const { user } = await enrolPerson(world())
      await makeToken(world(), user)
      const path = await linkOf(world(), user, 'was activated')
      world().pass(7 * DAY)
      const strip = (page: string) => page.replaceAll(/\/notice\/[\w-]+/g, '')
      const pages = []
      for (const at of [path, `/notice/${'A'.repeat(43)}`, '/notice/x']) {
        const answer = await visit(world(), siteNow(world())).get(at)
        expect(answer.status).toBe(404)
        pages.push(strip(await answer.text()))
        expect((await visit(world(), siteNow(world())).post(at)).status).toBe(303)
      }
      expect(new Set(pages).size).toBe(1)
    })

    test('a link that was made void, as by a restored database, is over and acts no more', async () => {
      const { user } = await enrolPerson(world())
      const { token } = await makeToken(world(), user)
      const path = await linkOf(world(), user, 'was activated')
      await world().db.transaction((tx) => tx.updateTable('links').set({ used_at: world().now() }).where('user_id', '=', user).execute())
      expect((await press(world(), path)).page).toContain('This link is over')
      expect(await stateOf(world(), token)).toMatchObject({ state: 'active' })
    })

    test('a link of another purpose is no notice', async () => {
      const { user } = await enrolPerson(world())
      await makeToken(world(), user)
      const path = await linkOf(world(), user, 'was activated')
      await world().db.transaction((tx) => tx.updateTable('links').set({ purpose: 'enrolment' }).where('user_id', '=', user).execute())
      expect((await visit(world(), siteNow(world())).get(path)).status).toBe(404)
      expect((await press(world(), path)).page).toContain('This link is over')
    })

    test('a page of another origin presses no button', async () => {
      const { user } = await enrolPerson(world())
      const { token } = await makeToken(world(), user)
      const path = await linkOf(world(), user, 'was activated')
      for (const origin of ['http://evil.example.test', 'null', world().config.token.url])
        expect((await visit(world(), siteNow(world())).post(path, {}, { origin })).status).toBe(403)
      expect(await stateOf(world(), token)).toMatchObject({ state: 'active' })
    })

    test('interrupted after the tokens, the link is still good, and pressing again finishes', async () => {
      const { user } = await enrolPerson(world())
      const { token } = await makeToken(world(), user)
      await signIn(world(), siteNow(world()), user)
      const path = await linkOf(world(), user, 'was activated')
      const secret = path.replace('/notice/', '')
      const real = undoChanges(world())
      const killed: Undo = {
        ...real,
        suspendToken: async (...args) => {
          await real.suspendToken(...args)
          throw new Error('killed')
        },
      }
      await expect(repudiate(world(), BROWSER, secret, killed)).rejects.toThrow('killed')
      // Whatever was signed in since the kill ends as well.
      await signIn(world(), siteNow(world()), user)
      expect(await listSessions(world(), user)).toHaveLength(1)
      expect((await press(world(), path)).page).toContain('You were signed out everywhere')
      expect(await listSessions(world(), user)).toEqual([])
      expect(await stateOf(world(), token)).toMatchObject({ state: 'suspended' })
    })

    test('a password that a stranger set opens nothing any more; one that was set since stays', async () => {
      const { user, name } = await enrolPerson(world())
      const opens = async (password: string) =>
        (await checkPassword(world(), BROWSER, { name, password, device: undefined }, async () => true)).outcome === 'right'
      await setPassword(world(), BROWSER, user, PASSWORD)
      await setPassword(world(), BROWSER, user, STRANGERS)
      const path = await linkOf(world(), user, 'password was changed')
      expect(await opens(STRANGERS)).toBe(true)
      const pressed = await press(world(), path)
      expect(pressed.page).toContain('The password that was set is good no longer')
      expect(pressed.page).toContain('href="/forgotten-password"')
      expect(await opens(STRANGERS)).toBe(false)
      expect(await opens(PASSWORD)).toBe(false)
      world().pass(60_000)
      await setPassword(world(), BROWSER, user, STRANGERS, { reset: 'recovery-code' })
      const second = await linkOf(world(), user, 'set anew')
      world().pass(60_000)
      await setPassword(world(), BROWSER, user, PASSWORD)
      expect((await press(world(), second)).page).not.toContain('The password that was set is good no longer')
      expect(await opens(PASSWORD)).toBe(true)
    })

    test('recovery codes and addresses that were added are worth nothing any more', async () => {
      const { user } = await enrolPerson(world())
      await renewRecoveryCodes(world(), BROWSER, user)
      await confirmSaved(world(), BROWSER, user)
      await renewRecoveryCodes(world(), BROWSER, user)
      await press(world(), await linkOf(world(), user, 'new recovery codes'))
      expect(await countRecoveryCodes(world(), user)).toMatchObject({ left: 0 })
      const added = await addAddress(world(), BROWSER, user, 'stranger@example.test')
      if (added.outcome !== 'added') throw new Error(added.outcome)
      await verifyAddress(world(), BROWSER, user, added.address)
      await press(world(), await linkOf(world(), user, 'mail address was added'))
      expect((await listAddresses(world(), user)).map(({ address }) => address)).not.toContain('stranger@example.test')
    })

    test('whatever it is said of, what a stranger began to set up cannot be finished', async () => {
      const { user } = await enrolPerson(world())
      await setPassword(world(), BROWSER, user, PASSWORD)
      await issueToken(world(), BROWSER, user, { label: 'Stranger' })
      const view = await findActivation(world(), user)
      await setPassword(world(), BROWSER, user, STRANGERS)
      expect((await press(world(), await linkOf(world(), user, 'password was changed'))).page).toContain('being set up is void')
      const { registrationCode } = await addIdentity(view?.serialNumber ?? '', view?.activationCode ?? '')
      expect(await registerToken(world(), BROWSER, user, view?.id ?? 'act_', registrationCode)).toMatchObject({ outcome: 'void' })
    })

    test("a notice that names somebody else's token undoes nothing to it", async () => {
      const { user } = await enrolPerson(world())
      const other = await enrolPerson(world())
      const theirs = await makeToken(world(), other.user)
      await world().db.transaction((tx) =>
        tellOwner(world(), tx, BROWSER, user, { action: 'token-activated', added: theirs.token, ended: theirs.token }),
      )
      await press(world(), await linkOf(world(), user, 'was activated'))
      expect(await stateOf(world(), theirs.token)).toMatchObject({ state: 'active' })
    })

    test.each(['re-created as lost', 'deleted'] as const)(
      'of a stranger’s token, %s meanwhile, nothing comes back, in whichever order the mails are answered',
      async (meanwhile) => {
        for (const order of ['oldest first', 'newest first']) {
          const { user } = await enrolPerson(world())
          await makeToken(world(), user, 'Own')
          const before = (await noticeLinks(world(), user)).length
          const strange = await makeToken(world(), user, 'Strange')
          if (meanwhile === 'deleted') await endToken(world(), BROWSER, user, strange.token)
          else {
            await issueToken(world(), BROWSER, user, { label: 'Stranger', replaces: strange.token, suspendReplaced: true })
            const view = await findActivation(world(), user)
            const { registrationCode } = await addIdentity(view?.serialNumber ?? '', view?.activationCode ?? '')
            const done = await registerToken(world(), BROWSER, user, view?.id ?? 'act_', registrationCode)
            expect(done.outcome).toBe('active')
          }
          const links = (await noticeLinks(world(), user)).slice(before)
          expect(links.length).toBeGreaterThanOrEqual(2)
          for (const link of order === 'oldest first' ? links : links.toReversed()) await press(world(), link)
          expect(await stateOf(world(), strange.token)).toMatchObject({ state: 'suspended', reason: 'repudiated' })
          expect((await listTokens(world(), user)).filter(({ state }) => state === 'active').map(({ label }) => label)).toEqual(['Own'])
        }
      },
    )

    test('a token that was enabled by somebody else is suspended, not only disabled again', async () => {
      const { user } = await enrolPerson(world())
      const { token } = await makeToken(world(), user)
      await disableToken(world(), BROWSER, user, token)
      await enableToken(world(), BROWSER, user, token)
      await press(world(), await linkOf(world(), user, 'enabled again'))
      expect(await listTokens(world(), user)).toMatchObject([{ state: 'suspended', reason: 'repudiated' }])
    })
  },
  { LATCHKEY_ORGANISATION_HELP_DESK_EMAIL: 'desk@example.test' },
)

async function deskMails(world: World): Promise<{ to: string[]; subject: string; text: string }[]> {
  const rows = await world.db.read.selectFrom('outbox').select(['id', 'sealed_payload']).where('user_id', 'is', null).execute()
  return rows.map(({ id, sealed_payload }) =>
    JSON.parse(Buffer.from(world.keys.open({ table: 'outbox', column: 'sealed_payload', id }, sealed_payload)).toString('utf8')),
  )
}
