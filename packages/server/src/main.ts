import type { IncomingMessage, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import type { Logger } from 'pino'
import { makeApp } from './app.ts'
import type { Config } from './config.ts'
import type { Context } from './context.ts'
import { checkDoor } from './federation/check/api.ts'
import { type OidcDoor, openProvider } from './federation/oidc/provider.ts'
import { sweepOidc } from './federation/oidc/sweep.ts'
import { tokenAppDoor } from './federation/token-app/api.ts'
import { validateDoor } from './federation/validate/api.ts'
import { descriptionDoor } from './federation/validate/describe-api.ts'
import { validateListener } from './federation/validate/listener.ts'
import { mailResetLink } from './forgotten-password/mail-reset-link.ts'
import { forgetCosts, noteCost } from './hashing/costs.ts'
import { listen } from './http/listen.ts'
import { drawId } from './ids.ts'
import { announce, withdraw } from './keys/announce.ts'
import { sweepLinks } from './links/sweep-links.ts'
import { forgetMailedCodes } from './mailed-codes/forget-mailed-codes.ts'
import { sweepNotices } from './notices/sweep-notices.ts'
import { endAll } from './operate/end-all.ts'
import { keepUp } from './operate/keep-up.ts'
import { openContext } from './operate/open-context.ts'
import { openValidatingThread } from './operate/validating-thread.ts'
import { forgetGuards } from './passwords/forget-guards.ts'
import { sweepSessions } from './sessions/sweep-sessions.ts'
import { sweepShown } from './shown-once/show-once.ts'
import { sweepFlows } from './sign-in/sweep-flows.ts'
import { sweepSigningKeys } from './signing-keys/sweep.ts'
import { sitePolicy } from './token-place/policies.ts'
import { readSite } from './token-place/read-site.ts'
import { tokenPlace } from './token-place/token-place.ts'
import { eraseEnded } from './tokens/erase-ended.ts'
import { sweepTokens } from './tokens/sweep-tokens.ts'

/** A server that runs. `stop` takes no new requests, finishes those in flight, and gives everything back. */
export type Server = { readonly context: Context; readonly urls: { login: string; token: string }; readonly stop: () => Promise<void> }

/** Config → database, keys → listen. `tokenApp` is the folder that the token origin serves. What fails takes back what was begun. */
export async function startServer(config: Config, log: Logger, tokenApp: URL): Promise<Server> {
  const { context, close } = await openContext(config, log)
  const instance = drawId('req', context.random)
  try {
    // Before anything is sealed: a rotation of the keys waits for this server from now on. Until that could be written nothing is sealed.
    context.keys.lease(0)
    await endAll([() => announce(context, instance), () => noteCost(context)]).catch((error: unknown) =>
      log.error({ err: error }, 'the database takes no write'),
    )
    const oidc = await openProvider(context)
    const login = await listen(config.login, loginListener(context, oidc))
    const token = await listen(
      config.token,
      getRequestListener(tokenPlace(context, readSite(tokenApp, sitePolicy(config.login.url))).fetch),
    ).catch(async (error: unknown) => {
      await login.close()
      throw error
    })
    const validating = openValidatingThread(context)
    const upkeep = keepUp(context, instance, {
      seal: validating.seal,
      backChannelLogout: oidc.deliverLogout,
      passwordReset: (wish) => mailResetLink(context, wish),
      sweeps: SWEEPS.map((sweep) => () => sweep(context)),
    })
    const stop = async (): Promise<void> => {
      await endAll([() => Promise.all([login.close(), token.close()]), upkeep.stop, validating.stop, oidc.close, close])
    }
    return { context, urls: { login: config.login.url, token: config.token.url }, stop }
  } catch (error) {
    await withdraw(context, instance).catch(() => undefined)
    await close()
    throw error
  }
}

/** What is kept no longer, of every room. */
export const SWEEPS: readonly ((context: Context) => Promise<unknown>)[] = [
  sweepOidc,
  sweepSigningKeys,
  sweepTokens,
  eraseEnded,
  sweepFlows,
  sweepSessions,
  sweepShown,
  sweepLinks,
  sweepNotices,
  forgetGuards,
  forgetCosts,
  forgetMailedCodes,
]

/** The OpenID Connect library answers its own addresses; everything else is the map's. */
export function loginListener(context: Context, oidc: OidcDoor): (request: IncomingMessage, response: ServerResponse) => void {
  const doors = [validateDoor(context), checkDoor(context), tokenAppDoor(context), descriptionDoor(context)]
  const app = makeApp(context, { doors, pages: [oidc.routes] })
  const pages = getRequestListener(app.fetch)
  const validate = validateListener(context)
  return (request, response) => {
    if (validate(request, response)) return
    const [path = '/'] = (request.url ?? '/').split('?')
    if (!oidc.handles(path, request.method)) return void pages(request, response)
    oidc.handle(request, response).catch((error: unknown) => {
      context.log.error({ err: error }, 'a request to the OpenID Connect door failed')
      if (!response.headersSent) response.writeHead(500)
      response.end()
    })
  }
}
