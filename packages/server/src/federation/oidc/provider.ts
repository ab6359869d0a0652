import type { IncomingMessage, ServerResponse } from 'node:http'
import { Hono } from 'hono'
import type { Context } from '../../context.ts'
import type { Env } from '../../http/request.ts'
import type { SessionId } from '../../ids.ts'
import { metricsOf } from '../../observe/metrics.ts'
import { deliverBackChannelLogout } from './back-channel-logout.ts'
import { ROUTES } from './configure.ts'
import { oidcErrorPage } from './error-page.ts'
import { interactionPages } from './interaction.ts'
import { LiveProvider } from './live-provider.ts'
import { prepareAnswer, requestIdOf } from './raw-answer.ts'
import { signOutPages } from './sign-out.ts'
import { stateOrigin } from './state-origin.ts'

/** The OpenID Connect door of the login origin. */
export type OidcDoor = {
  /** Answers one of the requests that `handles` names. */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>
  /** Whether a request is the library's to answer; all others under `/oidc/` are for `routes`. */
  readonly handles: (path: string, method?: string) => boolean
  /** Where sign-ins begin and end, and signing out. */
  readonly routes: Hono<Env>
  /** For the outbox. @throws if a relying party could not be told */
  readonly deliverLogout: (sessions: readonly SessionId[]) => Promise<void>
  readonly close: () => Promise<void>
}

const EXACT: ReadonlySet<string> = new Set([
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
  ROUTES.authorization,
  ROUTES.token,
  ROUTES.userinfo,
  ROUTES.jwks,
  ROUTES.revocation,
  ROUTES.pushed_authorization_request,
])
const RESUMED = /^\/oidc\/authorize\/[A-Za-z0-9_-]{1,64}$/
/** Relying parties may post to these from their own pages (OpenID Connect Core, 3.1.2.1; RP-Initiated Logout, 2). */
const ALSO_POSTED: ReadonlySet<string> = new Set([ROUTES.authorization, ROUTES.end_session])
const LARGEST_FORM = 65_536

/** Opens the door: makes the first signing keys where there are none. */
export async function openProvider(ctx: Context): Promise<OidcDoor> {
  const live = await LiveProvider.open(ctx)
  const routes = new Hono<Env>()
  routes.route('/', interactionPages(ctx, live))
  routes.route('/', signOutPages(ctx, live))
  return {
    handles,
    handle: (request, response) => handleAndCount(ctx, live, request, response),
    routes,
    deliverLogout: async (sessions) => deliverBackChannelLogout(ctx, (await live.get()).provider, sessions),
    close: async () => undefined,
  }
}

function pathOf(request: IncomingMessage): string {
  const [path = ''] = (request.url ?? '').split('?')
  return path
}

/** The pattern of what was asked for: what was typed into a path is in no metric. */
function routeOf(path: string, method: string): string {
  if (RESUMED.test(path)) return `${ROUTES.authorization}/:uid`
  return handles(path, method) ? path : 'none'
}

/** Exactly these: the library itself takes other spellings for the same. */
function handles(path: string, method = 'GET'): boolean {
  return EXACT.has(path) || RESUMED.test(path) || (method === 'POST' && path === ROUTES.end_session)
}

async function handleAndCount(ctx: Context, live: LiveProvider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const begun = performance.now()
  const { method = 'GET' } = request
  const route = routeOf(pathOf(request), method)
  await handleOrSay(ctx, live, request, response)
  metricsOf(ctx).countRequest('login', method, route, response.statusCode, (performance.now() - begun) / 1_000)
}

/** Whatever fails here is this request's failure alone. */
async function handleOrSay(ctx: Context, live: LiveProvider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    await handle(ctx, live, request, response)
  } catch (error) {
    const failure = error instanceof Error ? error.name : 'unknown'
    ctx.log.error({ request: requestIdOf(request), failure }, 'a request of a relying party failed')
    if (response.headersSent) response.destroy()
    else await sayError(ctx, request, response, 500, 'server_error')
  }
}

async function handle(ctx: Context, live: LiveProvider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  prepareAnswer(ctx, request, response)
  if (!stateOrigin(request, ctx.config.login.url)) return sayError(ctx, request, response, 400, 'invalid_request')
  const path = pathOf(request)
  const { method = 'GET' } = request
  if (!handles(path, method)) return sayError(ctx, request, response, 404, 'not_found')
  if (method === 'POST' && ALSO_POSTED.has(path)) return turnIntoGet(ctx, path, request, response)
  const { answer } = await live.get()
  await answer(request, response)
}

/** A form posted from elsewhere comes without our cookies; a redirect to the same question comes with them. */
async function turnIntoGet(ctx: Context, path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const form = await readForm(request)
  if (form === undefined) return sayError(ctx, request, response, 400, 'invalid_request')
  response.writeHead(303, { location: `${ctx.config.login.url}${path}?${form}`, 'cache-control': 'no-store' }).end()
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams | undefined> {
  const [type] = (request.headers['content-type'] ?? '').split(';')
  if (type?.trim().toLowerCase() !== 'application/x-www-form-urlencoded') return undefined
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length
    if (length > LARGEST_FORM) return undefined
    parts.push(part)
  }
  return new URLSearchParams(Buffer.concat(parts).toString('utf8'))
}

async function sayError(ctx: Context, request: IncomingMessage, response: ServerResponse, status: number, error: string): Promise<void> {
  const page = await oidcErrorPage(ctx, request, status, error)
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }).end(page)
}
