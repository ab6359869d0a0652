import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import * as openid from 'openid-client'
import { afterAll, beforeAll } from 'vitest'
import { BROWSER, makePerson, type World } from '../../../../test/world.ts'
import type { Context } from '../../../context.ts'
import { cookieName } from '../../../http/cookies.ts'
import { withHeaders } from '../../../http/headers.ts'
import { type Env, withFacts } from '../../../http/request.ts'
import type { SessionId, UserId } from '../../../ids.ts'
import { endSession } from '../../../sessions/end-session.ts'
import { raiseSession } from '../../../sessions/raise-session.ts'
import { startSession } from '../../../sessions/start-session.ts'
import { type OidcDoor, openProvider } from '../provider.ts'
import { type RelyingPartyWish, registerRelyingParty } from '../register-relying-party.ts'
import { Browser } from './browser.ts'

export const CALLBACK = 'https://app.example.test/callback'
/** Of RFC 7515, A.3.1: the public part. */
export const PUBLIC_KEY = {
  kty: 'EC' as const,
  crv: 'P-256',
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
}
export const AFTER_LOGOUT = 'https://app.example.test/bye'

/** A login origin with this door alone, on a port of its own. */
export type Stand = {
  ctx: Context
  door: OidcDoor
  url: string
  /** Where it listens, whatever it calls itself. */
  at: string
  newBrowser: () => Browser
  close: () => Promise<void>
}

/** @param named the public URL, if it is not where the stand listens */
export async function openStand(world: World, named?: string): Promise<Stand> {
  const server: Server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const url = named ?? at
  const ctx = { ...world, config: { ...world.config, login: { ...world.config.login, url } } }
  const door = await openProvider(ctx)
  const app = new Hono<Env>()
  app.use(withFacts(ctx))
  app.use(withHeaders(ctx.config))
  app.route('/', door.routes)
  const pages = getRequestListener(app.fetch)
  server.on('request', (request, response) => {
    const [path = ''] = (request.url ?? '').split('?')
    void (door.handles(path, request.method) ? door.handle(request, response) : pages(request, response))
  })
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
    await door.close()
  }
  return { ctx, door, url, at, newBrowser: () => new Browser(url, at), close }
}

export type Person = { user: UserId; session: SessionId; browser: Browser }
export type Proved = { passwordAt?: number; secondFactorAt?: number }

/** Signs a person in, as the sign-in pages would: by a session and its cookie. */
export async function signIn(
  stand: Stand,
  world: World,
  proved: Proved = {},
  known?: UserId,
  browser = stand.newBrowser(),
): Promise<Person> {
  const user = known ?? (await makePerson(world))
  const { ctx } = stand
  const { id, secret } = await ctx.db.transaction((tx) =>
    startSession(ctx, tx, BROWSER, {
      user,
      kind: 'sign-in',
      amr: proved.secondFactorAt === undefined ? ['pwd'] : ['pwd', 'otp'],
      passwordAt: ctx.now(),
      ...proved,
    }),
  )
  keepSecret(stand, browser, secret)
  return { user, session: id, browser }
}

/** One more proof in a session: the second factor, or the password again. */
export async function raise(stand: Stand, { session, browser }: Person, proved: Proved): Promise<void> {
  const { ctx } = stand
  const methods = proved.secondFactorAt === undefined ? (['pwd'] as const) : (['otp'] as const)
  const secret = await ctx.db.transaction((tx) => raiseSession(ctx, tx, BROWSER, session, { ...proved, methods }))
  if (secret === undefined) throw new Error('the session is over')
  keepSecret(stand, browser, secret)
}

export async function signOutAt({ ctx }: Stand, { session }: Person): Promise<void> {
  await endSession(ctx, BROWSER, session)
}

function keepSecret({ ctx }: Stand, browser: Browser, value: string): void {
  browser.cookies.set(cookieName(ctx.config, 'session'), { value, path: '/', line: '' })
}

let parties = 0

/** A stand for the tests of a suite, opened before them at the present time and closed after them. @param named as of `openStand` */
export function standOf(world: () => World, named?: string): () => Stand {
  let opened: Stand | undefined
  beforeAll(async () => {
    world().setTime(Date.now())
    opened = await openStand(world(), named)
  })
  afterAll(() => opened?.close())
  return () => {
    if (opened === undefined) throw new Error('the stand is there inside tests only')
    return opened
  }
}

export type Party = { clientId: string; secret: string | undefined; config: openid.Configuration }

/** Registers a relying party and gives it a client of its own. */
export async function newParty(stand: Stand, wish: Partial<RelyingPartyWish> = {}): Promise<Party> {
  const clientId = wish.clientId ?? `app-${++parties}`
  const registered = await registerRelyingParty(stand.ctx, BROWSER, {
    clientId,
    name: 'An application',
    redirectUris: [CALLBACK],
    postLogoutRedirectUris: [AFTER_LOGOUT],
    authentication: { method: 'client_secret_basic' },
    ...wish,
  })
  if (registered.outcome !== 'registered') throw new Error(`not registered: ${JSON.stringify(registered)}`)
  const secret = registered.clientSecret
  const config = await openid.discovery(
    new URL(stand.url),
    clientId,
    { id_token_signed_response_alg: wish.idTokenAlgorithm ?? 'RS256' },
    secret === undefined ? openid.None() : openid.ClientSecretBasic(secret),
    {
      execute: [openid.allowInsecureRequests, openid.enableNonRepudiationChecks],
      [openid.customFetch]: (url, init) => fetchAt(stand, url, init),
    },
  )
  return { clientId, secret, config }
}

/** Goes to where the stand listens, whatever its addresses say. */
function fetchAt({ url, at }: Stand, address: string, init: openid.CustomFetchOptions): Promise<Response> {
  const { method, headers, body } = init
  return fetch(address.replace(url, at), { method, headers, redirect: 'manual', body: body == null ? null : String(body) })
}

export type Request = { url: URL; verifier: string; nonce: string; state: string }

/** An authorization request as a careful client makes it. `''` leaves a parameter out. */
export async function requestOf(party: Party, extra: Readonly<Record<string, string>> = {}): Promise<Request> {
  const verifier = openid.randomPKCECodeVerifier()
  const nonce = openid.randomNonce()
  const state = openid.randomState()
  const parameters = {
    redirect_uri: CALLBACK,
    scope: 'openid profile email',
    state,
    nonce,
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...extra,
  }
  const given = Object.entries(parameters).filter(([, value]) => value !== '')
  return { url: openid.buildAuthorizationUrl(party.config, Object.fromEntries(given)), verifier, nonce, state }
}

export type Tokens = Awaited<ReturnType<typeof openid.authorizationCodeGrant>>

/** Redeems what came back, checking all that a client has to check. */
export function redeem(party: Party, { verifier, nonce, state }: Request, callback: URL): Promise<Tokens> {
  return openid.authorizationCodeGrant(party.config, callback, {
    pkceCodeVerifier: verifier,
    expectedNonce: nonce,
    expectedState: state,
    idTokenExpected: true,
  })
}

/** The whole way, for somebody who is signed in. */
export async function authorize(party: Party, browser: Browser, extra: Readonly<Record<string, string>> = {}): Promise<Tokens> {
  const request = await requestOf(party, extra)
  const { url } = await browser.open(request.url)
  return redeem(party, request, url)
}

/** The error that an authorization ended with, if it did. */
export async function errorOf(party: Party, browser: Browser, extra: Readonly<Record<string, string>>): Promise<string | null> {
  const { url } = await browser.open((await requestOf(party, extra)).url)
  return url.searchParams.get('error')
}

export type TokenAnswer = { status: number; headers: Headers; body: Record<string, string> }

/** Posts to the token endpoint by hand. */
export async function postToken(stand: Stand, party: Party, form: Readonly<Record<string, string>>): Promise<TokenAnswer> {
  const response = await fetch(`${stand.at}/oidc/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${party.clientId}:${party.secret}`).toString('base64')}` },
    body: new URLSearchParams(form),
  })
  return { status: response.status, headers: response.headers, body: (await response.json()) as Record<string, string> }
}

export const NO_PERSON = 'usr_AAAAAAAAAAAAAAAAAAAAAA' as const
