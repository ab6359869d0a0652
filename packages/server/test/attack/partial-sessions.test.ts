import { afterAll, beforeAll, expect, test } from 'vitest'
import type { SessionKind } from '../../src/db/columns.ts'
import { cookieName } from '../../src/http/cookies.ts'
import type { AddressId } from '../../src/ids.ts'
import { sessionCookie } from '../../src/sessions/session-cookie.ts'
import type { SessionWish } from '../../src/sessions/start-session.ts'
import { listAddresses } from '../../src/users/list-addresses.ts'
import { onBothEngines } from '../world.ts'
import { type Answer, type Browser, browserWith, everything, makeOwner, type Owner, openStand, routesOf, type Stand } from './stand.ts'

const KINDS: readonly SessionKind[] = ['sign-in', 'enrolment', 'self-administration', 'password-reset']

/** What is open to everybody, or asks for something else than a session. */
const PUBLIC =
  /^\/(?:$|assets\/|sign-in|first-administrator\/|welcome\/|forgotten-password|reset-password\/|notice\/|address\/|address-confirmed$|account\/signed-out$|api\/|validate|\.well-known\/|oidc\/|self-administration$)/

/** What each session opens. Everything else is closed to it. */
const OPENED: Readonly<Record<string, { wish: Omit<SessionWish, 'user'>; opens: RegExp }>> = {
  nobody: { wish: { kind: 'sign-in', amr: [] }, opens: /^$/ },
  enrolment: { wish: { kind: 'enrolment', amr: ['pwd'] }, opens: /^\/enrolment(?:$|\/(?!all-set))/ },
  'self-administration before its proof': {
    wish: { kind: 'self-administration', amr: ['pwd'] },
    opens: /^\/self-administration\/confirm/,
  },
  'self-administration': {
    wish: { kind: 'self-administration', amr: ['pwd', 'kba'], proof: 'recovery-code' },
    opens: /^\/self-administration\//,
  },
  'password-reset': { wish: { kind: 'password-reset', amr: [], proof: 'recovery-code' }, opens: /^\/new-password$/ },
  'sign-in by a password alone': { wish: { kind: 'sign-in', amr: ['pwd'] }, opens: /^\/(?:enrolment\/all-set|account\/sign-out)$/ },
  'sign-in': { wish: { kind: 'sign-in', amr: ['pwd', 'otp', 'mfa'] }, opens: /^\/(?:account|enrolment\/all-set)/ },
}

/** Every field of every form. */
const FIELDS = {
  name: 'alice',
  email: 'mallory@example.test',
  displayName: 'Mallory',
  password: 'a password of a stranger',
  repeated: 'a password of a stranger',
  code: '123456',
  first: '123456',
  second: '123456',
  next: '123456',
  answer: 'yes',
  saved: 'yes',
  sure: 'yes',
  suspend: 'yes',
  label: 'Mallory',
  locale: 'en',
  timeZone: 'Europe/Berlin',
  ...Object.fromEntries(
    [1, 2, 3, 4, 5].flatMap((n) => [
      [`question-${n}`, 'question.1'],
      [`answer-${n}`, `mallory-${n}`],
    ]),
  ),
}

const REFUSED =
  /^\/(?:$|sign-in$|sign-in\/flw_|self-administration$|self-administration\/confirm$|forgotten-password$|soft-token\/register$)/

function isRefusal({ status, location, body }: Answer): boolean {
  return (status === 303 && REFUSED.test(location)) || status === 404 || (status === 200 && body === '{}')
}

onBothEngines('a session opens what it is for', (world) => {
  let stand: Stand
  let owner: Owner
  let address: AddressId
  beforeAll(async () => {
    stand = await openStand(world())
    owner = await makeOwner(world())
    const [first] = await listAddresses(world(), owner.user)
    if (first === undefined) throw new Error('an address was expected')
    address = first.id
  })
  afterAll(() => stand.close())

  /** The session's secret stands in the cookie of every kind: what it opens is told by its row, not by where it is sent. */
  async function browserFor(name: string): Promise<{ browser: Browser; session: string }> {
    const at = world().now()
    const fresh = name === 'sign-in' ? { secondFactorAt: at } : {}
    const wish = OPENED[name]?.wish ?? { kind: 'sign-in', amr: [] }
    const { browser, session } = await browserWith(stand, { ...wish, ...fresh, user: owner.user, passwordAt: at })
    const secret = name === 'nobody' ? 'x'.repeat(43) : (browser.cookie(wish.kind) ?? '')
    return { browser: stand.open(KINDS.map((kind) => [cookieName(world().config, sessionCookie(kind)), secret])), session }
  }

  test.each(Object.keys(OPENED))('%s', async (name) => {
    const { browser, session } = await browserFor(name)
    const values: Readonly<Record<string, string>> = { token: owner.token, session, address }
    const opens = OPENED[name]?.opens ?? /^$/
    const before = await everything(world())
    let closed = 0
    for (const { method, path } of routesOf(stand)) {
      if (PUBLIC.test(path) || opens.test(path)) continue
      closed += 1
      const real = path.replaceAll(/:(\w+)/g, (_, param: string) => values[param] ?? 'unknown')
      const kept = browser.copy()
      const answer = method === 'GET' ? await kept.get(real) : await kept.post(real, { ...FIELDS, token: owner.token })
      expect(isRefusal(answer), `${method} ${real} as ${name}: ${answer.status} ${answer.location}`).toBe(true)
      for (const kind of KINDS) expect(kept.cookie(kind), `${method} ${real} as ${name}`).toBe(browser.cookie(kind))
    }
    expect(closed).toBeGreaterThan(25)
    expect(await everything(world())).toBe(before)
  })
})
