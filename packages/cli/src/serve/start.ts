import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { parsePortalConfig } from '@latchkey/portal/config'
import { startPortal } from '@latchkey/portal/main'
import type { Config } from '@latchkey/server/config'
import type { Context } from '@latchkey/server/context'
import { ensurePortal } from '@latchkey/server/federation/oidc/ensure-portal'
import { makeFirstAdminLink } from '@latchkey/server/first-admin/make-first-admin-link'
import { startServer } from '@latchkey/server/main'
import { startHealth } from '@latchkey/server/observe/health'
import type { openLog } from '@latchkey/server/observe/log'
import { metricsOf } from '@latchkey/server/observe/metrics'
import { readiness } from '@latchkey/server/observe/readiness'
import { endAll } from '@latchkey/server/operate/end-all'
import { openPortalKey } from '@latchkey/server/signing-keys/open-signing-keys'
import { SITE } from '@latchkey/token-app/site'

type Log = ReturnType<typeof openLog>
type Closing = () => Promise<void>

export type Started = {
  readonly context: Context
  readonly health: string
  /** The page that makes the first administrator; undefined once there is anybody. */
  readonly firstAdminLink: string | undefined
  /** Takes no new requests, ends those under way, and gives everything back. */
  readonly stop: Closing
}

/** Starts the server, the portal beside it unless the settings say no, and the health listener. What fails takes back what was started. */
export async function start(config: Config, log: Log): Promise<Started> {
  const server = await startServer(config, log, SITE)
  const closing: Closing[] = [server.stop]
  const stop: Closing = async () => {
    await endAll(closing.splice(0).toReversed())
  }
  try {
    const { context } = server
    if (config.portal.enabled) closing.push(await openPortal(context, config, log))
    const health = await startHealth(config.health.port, {
      registry: metricsOf(context).registry,
      readiness: () => readiness(context),
      log,
    })
    // The listener says `stopping` while the others end, and goes last.
    closing.unshift(health.close)
    closing.push(async () => health.stopping())
    return { context, health: health.url, firstAdminLink: await makeFirstAdminLink(context), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function openPortal(context: Context, config: Config, log: Log): Promise<Closing> {
  const folder = join(config.data, 'portal')
  if (config.databaseUrl === undefined) mkdirSync(folder, { recursive: true, mode: 0o700 })
  const { countRequest } = metricsOf(context)
  await ensurePortal(context, { publicUrl: config.portal.url })
  const portal = await startPortal(
    parsePortalConfig({
      publicUrl: config.portal.url,
      host: config.portal.host,
      port: config.portal.port,
      issuer: config.login.url,
      internalIssuerUrl: `http://${hostToReach(config.login.host)}:${config.login.port}`,
      clientKey: () => openPortalKey(context),
      accountUrl: `${config.login.url}/account`,
      databaseFile: join(folder, 'portal.db'),
      databaseUrl: config.databaseUrl,
      countRequest: (method: string, route: string, status: number, seconds: number) =>
        countRequest('portal', method, route, status, seconds),
      log: log.child({ part: 'portal' }),
    }),
  )
  return portal.close
}

/** Server to server, the portal asks the listener itself: the public address may lead through a proxy that is not there yet. */
function hostToReach(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}
