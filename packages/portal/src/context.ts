import type { Http2Bindings, HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import type { Logger } from 'pino'
import type { PortalConfig } from './config.ts'
import type { Database } from './db/database.ts'
import type { Assets } from './http/assets.ts'
import type { Provider } from './provider/provider.ts'
import type { Session } from './sessions/store.ts'

/** What every verb of the portal is given. */
export type Portal = { config: PortalConfig; assets: Assets; db: Database; provider: Provider; now: () => number; log: Logger }

/** What a request carries besides itself. `session` is there behind `requireSession` and `requireSecondFactor` only. */
export type RequestEnv = { Bindings: HttpBindings | Http2Bindings; Variables: { requestId: string; log: Logger; session: Session } }

export type Request = Context<RequestEnv>
