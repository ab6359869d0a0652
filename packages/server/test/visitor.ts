import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { cookieName } from '../src/http/cookies.ts'
import { withHeaders } from '../src/http/headers.ts'
import { type Env, withFacts } from '../src/http/request.ts'
import { sameOriginForms } from '../src/http/same-origin.ts'
import { sayTrouble } from '../src/http/trouble.ts'
import type { SessionId, UserId } from '../src/ids.ts'
import { sessionCookie } from '../src/sessions/session-cookie.ts'
import { type SessionWish, startSession } from '../src/sessions/start-session.ts'
import { BROWSER, type World } from './world.ts'

/** Somebody with a browser: keeps cookies, follows no redirect, posts forms from our own origin. */
export type Visitor = {
  readonly session: SessionId | undefined
  readonly get: (path: string, headers?: Readonly<Record<string, string>>) => Promise<Response>
  readonly post: (path: string, fields?: Readonly<Record<string, string>>, headers?: Readonly<Record<string, string>>) => Promise<Response>
  /** Posts, and looks at the page that the answer leads to: its status and its text. */
  readonly send: (path: string, fields?: Readonly<Record<string, string>>) => Promise<{ status: number; path: string; page: string }>
  readonly read: (path: string) => Promise<string>
}

/** Some rooms of the login origin behind what every page is behind; programs' doors as well, which stand before the check of forms. */
export function siteOf(
  world: World,
  { doors = [], pages = [] }: { doors?: readonly Hono<Env>[]; pages?: readonly Hono<Env>[] },
): Hono<Env> {
  const site = new Hono<Env>()
  site.use(withFacts(world))
  site.use(withHeaders(world.config))
  for (const door of doors) site.route('/', door)
  site.use(sameOriginForms(world.config))
  for (const page of pages) site.route('/', page)
  site.notFound((request) => sayTrouble(request, world.config, 404))
  site.onError((error, request) => {
    if (!(error instanceof HTTPException)) throw error
    return sayTrouble(request, world.config, 400)
  })
  return site
}

/** A browser in which nobody is signed in. */
export function visit(world: World, app: Hono<Env>, cookies: Map<string, string> = new Map(), session?: SessionId): Visitor {
  const ask = async (path: string, init: RequestInit): Promise<Response> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { 'user-agent': BROWSER.browser ?? '', ...(cookie === '' ? {} : { cookie }), ...init.headers }
    const answer = await app.request(`${world.config.login.url}${path}`, { ...init, headers }, {})
    for (const set of answer.headers.getSetCookie()) keep(cookies, set)
    return answer
  }
  const get: Visitor['get'] = (path, headers = {}) => ask(path, { headers })
  const post: Visitor['post'] = (path, fields = {}, headers = {}) =>
    ask(path, {
      method: 'POST',
      body: new URLSearchParams(fields).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: world.config.login.url, ...headers },
    })
  return {
    session,
    get,
    post,
    read: async (path) => (await get(path)).text(),
    send: async (path, fields) => {
      const answer = await post(path, fields)
      const next = answer.headers.get('location') ?? path
      return { status: answer.status, path: next, page: await (await get(next)).text() }
    },
  }
}

/** A browser in which a person is signed in, with a second factor just now unless `wish` says otherwise. */
export async function signIn(world: World, app: Hono<Env>, user: UserId, wish: Partial<SessionWish> = {}): Promise<Visitor> {
  const at = world.now()
  const { id, secret } = await world.db.transaction((tx) =>
    startSession(world, tx, BROWSER, { user, kind: 'sign-in', amr: ['pwd', 'otp', 'mfa'], passwordAt: at, secondFactorAt: at, ...wish }),
  )
  return visit(world, app, new Map([[cookieName(world.config, sessionCookie('sign-in')), secret]]), id)
}

function keep(cookies: Map<string, string>, set: string): void {
  const [pair = '', ...rest] = set.split(';')
  const [name = '', value = ''] = pair.split('=')
  if (value === '' || rest.some((part) => /^ *max-age=0$/i.test(part))) cookies.delete(name)
  else cookies.set(name, value)
}
