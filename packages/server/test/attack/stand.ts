import { randomBytes } from 'node:crypto'
import { Agent, type IncomingHttpHeaders, request } from 'node:http'
import { makeApp } from '../../src/app.ts'
import type { SessionKind } from '../../src/db/columns.ts'
import { type OidcDoor, openProvider } from '../../src/federation/oidc/provider.ts'
import { tokenAppDoor } from '../../src/federation/token-app/api.ts'
import { validateDoor } from '../../src/federation/validate/api.ts'
import { mailResetLink } from '../../src/forgotten-password/mail-reset-link.ts'
import { cookieName } from '../../src/http/cookies.ts'
import { LIMITS, type Limits, listen } from '../../src/http/listen.ts'
import type { SessionId, TokenId, UserId } from '../../src/ids.ts'
import { loginListener } from '../../src/main.ts'
import { deliver, type Letter } from '../../src/outbox/deliver.ts'
import { setPassword } from '../../src/passwords/set-password.ts'
import { askedQuestions } from '../../src/questions/asked-questions.ts'
import { QUESTIONS } from '../../src/questions/question.ts'
import { setQuestions } from '../../src/questions/set-questions.ts'
import { confirmSaved } from '../../src/recovery-codes/confirm-saved.ts'
import { renewRecoveryCodes } from '../../src/recovery-codes/renew-recovery-codes.ts'
import { sessionCookie } from '../../src/sessions/session-cookie.ts'
import { type SessionWish, startSession } from '../../src/sessions/start-session.ts'
import { finishEnrolment } from '../../src/users/finish-enrolment.ts'
import { type Device, makeToken, showCode } from '../device.ts'
import { enrolPerson } from '../people.ts'
import { BROWSER, type World } from '../world.ts'

export type Headers = Readonly<Record<string, string | readonly string[]>>
export type Answer = { status: number; headers: IncomingHttpHeaders; body: string; location: string; path: string }
export type Asked = { method: string; path: string; headers?: Headers; body?: string | Uint8Array; address?: string }

/** The login origin as it runs, behind a socket of its own, on a world whose clock moves. */
export type Stand = {
  readonly world: World
  readonly port: number
  readonly oidc: OidcDoor
  /** One request as written, without anything that a browser adds. */
  readonly ask: (asked: Asked) => Promise<Answer>
  readonly open: (cookies?: Iterable<readonly [string, string]>) => Browser
  readonly close: () => Promise<void>
}

export async function openStand(world: World, limits: Limits = LIMITS): Promise<Stand> {
  const oidc = await openProvider(world)
  const listening = await listen({ host: '127.0.0.1', port: 0, url: '' }, loginListener(world, oidc), limits)
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const ask = (asked: Asked) => send(agent, listening.port, asked)
  return {
    world,
    port: listening.port,
    oidc,
    ask,
    open: (cookies = []) => new Browser(world, ask, cookies),
    close: async () => {
      agent.destroy()
      await listening.close()
      await oidc.close()
    },
  }
}

function send(agent: Agent, port: number, { method, path, headers = {}, body, address }: Asked): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = body === undefined || 'transfer-encoding' in headers ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const from = address === undefined ? { agent } : { agent: new Agent({ keepAlive: false }), localAddress: address }
    const sent = request({ host: '127.0.0.1', port, method, path, ...from, headers: { ...length, ...mutable(headers) } }, (answer) => {
      const parts: Buffer[] = []
      answer.on('error', reject)
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.on('end', () => {
        const text = Buffer.concat(parts).toString('utf8')
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text, location: answer.headers.location ?? '', path })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

function mutable(headers: Headers): Record<string, string | string[]> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]))
}

export type Fields = Readonly<Record<string, string>> | readonly (readonly [string, string])[]

/** Keeps cookies as a browser does, posts forms from our own pages, follows nothing unless told to. */
export class Browser {
  readonly cookies: Map<string, string>
  readonly #world: World
  readonly #ask: Stand['ask']
  constructor(world: World, ask: Stand['ask'], cookies: Iterable<readonly [string, string]>) {
    this.#world = world
    this.#ask = ask
    this.cookies = new Map(cookies)
  }

  /** Another browser with the same cookies: a thief's copy. */
  copy(): Browser {
    return new Browser(this.#world, this.#ask, this.cookies)
  }

  cookie(kind: SessionKind): string | undefined {
    return this.cookies.get(cookieName(this.#world.config, sessionCookie(kind)))
  }

  async send(asked: Asked): Promise<Answer> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const common = { 'user-agent': BROWSER.browser ?? '', ...(cookie === '' ? {} : { cookie }) }
    const answer = await this.#ask({ ...asked, headers: { ...common, ...asked.headers } })
    for (const set of answer.headers['set-cookie'] ?? []) this.#keep(set)
    return answer
  }

  get(path: string, headers: Headers = {}): Promise<Answer> {
    return this.send({ method: 'GET', path, headers })
  }

  post(path: string, fields: Fields = {}, headers: Headers = {}): Promise<Answer> {
    const pairs = Array.isArray(fields) ? fields.map(([name, value]) => [name, value]) : Object.entries(fields)
    const body = new URLSearchParams(pairs).toString()
    const form = { 'content-type': 'application/x-www-form-urlencoded', origin: this.#world.config.login.url }
    return this.send({ method: 'POST', path, body, headers: { ...form, ...headers } })
  }

  /** Gets, and follows redirects of our own as far as they lead. */
  async walk(path: string): Promise<Answer> {
    let answer = await this.get(path)
    for (let hops = 0; hops < 10 && answer.status === 303; hops += 1) answer = await this.get(answer.location)
    return answer
  }

  #keep(set: string): void {
    const [pair = '', ...rest] = set.split(';')
    const at = pair.indexOf('=')
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)]
    if (value === '' || rest.some((part) => /^ *max-age=0$/i.test(part))) this.cookies.delete(name)
    else this.cookies.set(name, value)
  }
}

/** Somebody who is enrolled, and everything that they know and have. */
export type Owner = {
  user: UserId
  name: string
  email: string
  password: string
  answers: Readonly<Record<string, string>>
  recoveryCodes: string[]
  token: TokenId
  device: Device
}

const FIRST = 5
const word = (bytes: number): string => randomBytes(bytes).toString('hex')

export async function makeOwner(world: World): Promise<Owner> {
  const { user, name, email } = await enrolPerson(world)
  const password = `canary password ${word(8)}`
  const answers = Object.fromEntries(QUESTIONS.slice(0, FIRST).map((question) => [question, `canary${word(6)}`]))
  const set = await setPassword(world, BROWSER, user, password)
  if (set.outcome !== 'set') throw new Error(set.outcome)
  const typed = Object.entries(answers).map(([question, answer]) => ({ question, answer }))
  const asked = await setQuestions(world, BROWSER, user, typed)
  if (asked.outcome !== 'set') throw new Error(JSON.stringify(asked))
  const renewed = await renewRecoveryCodes(world, BROWSER, user)
  if (renewed.outcome !== 'renewed') throw new Error(renewed.outcome)
  await confirmSaved(world, BROWSER, user)
  const token = await makeToken(world, user)
  await world.db.transaction((tx) => finishEnrolment(world, tx, user))
  return { user, name, email, password, answers, recoveryCodes: [...renewed.codes], ...token }
}

const STEP_MS = 30_000

/** A security code that was not used yet: time passes until there is one. */
export function freshCode(world: World, { device }: Pick<Owner, 'device'>): string {
  world.pass(2 * STEP_MS)
  return showCode(device, world.now())
}

/** A browser with a session that a verb began. */
export async function browserWith(stand: Stand, wish: SessionWish): Promise<{ browser: Browser; session: SessionId }> {
  const { world } = stand
  const { id, secret } = await world.db.transaction((tx) => startSession(world, tx, BROWSER, wish))
  return { browser: stand.open([[cookieName(world.config, sessionCookie(wish.kind)), secret]]), session: id }
}

/** Signs in by the pages; with a second factor unless `half`. Returns the last answer. */
export async function signInBy(stand: Stand, browser: Browser, owner: Owner, { half = false } = {}): Promise<Answer> {
  const begun = await browser.get('/account')
  const answered = await browser.post(begun.location, { name: owner.name, password: owner.password })
  return half ? answered : browser.post(`${begun.location}/second-factor`, { code: freshCode(stand.world, owner) })
}

/** Logs in to self-administration; with the answers to the questions unless `half`. */
export async function administerBy(stand: Stand, browser: Browser, owner: Owner, { half = false } = {}): Promise<Answer> {
  const logged = await browser.post('/self-administration', { name: owner.name, password: owner.password })
  return half ? logged : browser.post('/self-administration/confirm/questions', await answersOf(stand.world, owner))
}

export async function answersOf(world: World, owner: Owner): Promise<{ first: string; second: string }> {
  const asked = await askedQuestions(world, owner.user)
  if (asked === undefined) throw new Error('questions were expected')
  return { first: owner.answers[asked.first.question] ?? '', second: owner.answers[asked.second.question] ?? '' }
}

/** Delivers everything that waits in the outbox; the letters, in order. */
export async function post(world: World): Promise<Letter[]> {
  const letters: Letter[] = []
  const senders = {
    mail: async (letter: Letter) => void letters.push(letter),
    backChannelLogout: async () => undefined,
    passwordReset: (wish: Parameters<typeof mailResetLink>[1]) => mailResetLink(world, wish),
  }
  for (let round = await deliver(world, senders); round.sent > 0; round = await deliver(world, senders));
  return letters
}

/** The path of the link of this kind in the newest letter that has one. */
export function linkIn(letters: readonly Letter[], kind: 'notice' | 'reset-password' | 'address' | 'welcome'): string {
  for (const { text } of [...letters].reverse()) {
    const found = new RegExp(`/${kind}/[A-Za-z0-9_-]+`).exec(text)?.[0]
    if (found !== undefined) return found
  }
  throw new Error(`no letter has a link to ${kind}`)
}

/** Asks for a link for a new password, and proves oneself behind it with the answers; the browser holds the session then. */
export async function resetBy(stand: Stand, browser: Browser, owner: Owner): Promise<Answer> {
  await browser.post('/forgotten-password', { name: owner.name, email: owner.email })
  const link = linkIn(await post(stand.world), 'reset-password')
  return browser.post(`${link}/questions`, await answersOf(stand.world, owner))
}

const TABLES = [
  'users',
  'addresses',
  'passwords',
  'question_answers',
  'question_rounds',
  'recovery_code_sets',
  'recovery_codes',
  'recovery_guards',
  'code_guards',
  'authenticators',
  'soft_tokens',
  'key_sets',
  'activations',
  'links',
  'notices',
  'mailed_codes',
  'outbox',
  'devices',
  'api_keys',
  'shown_once',
] as const

/** Everything that a request could change; that a session was seen, and that a sign-in was begun, is no change. */
export async function everything(world: World): Promise<string> {
  const rows: unknown[] = [
    await world.db.read
      .selectFrom('sessions')
      .select(['id', 'kind', 'ended_at', 'proof', 'amr', 'second_factor_at'])
      .orderBy('id')
      .execute(),
  ]
  for (const table of TABLES) rows.push(await world.db.read.selectFrom(table).selectAll().execute())
  return JSON.stringify(rows)
}

/** Every address of the login origin that the map answers, as it was mounted: `GET /sign-in/:flow`. */
export function routesOf({ world, oidc }: Stand): { method: string; path: string }[] {
  const { routes } = makeApp(world, { doors: [validateDoor(world), tokenAppDoor(world)], pages: [oidc.routes] })
  const named = routes.filter(({ path }) => path !== '/*').map(({ method, path }) => `${method} ${path}`)
  return [...new Set(named)].map((line) => {
    const [method = '', path = ''] = line.split(' ')
    return { method, path }
  })
}
