import type { DrawBytes } from '@latchkey/protocol/codes/randomness'
import type { Logger } from 'pino'
import type { Config } from './config.ts'
import type { Database } from './db/database.ts'
import type { Keys } from './keys/key-ring.ts'

/** What a verb needs of the world, passed by hand. `now` is milliseconds since 1970, UTC. */
export type Context = {
  readonly db: Database
  readonly now: () => number
  readonly random: DrawBytes
  readonly keys: Keys
  readonly config: Config
  readonly log: Logger
}

/** The way in that a request took: a page of the login origin, a program's door, the command line. */
export type Door = 'web' | 'validate' | 'oidc' | 'token-app' | 'command-line' | 'inside'

/** Who asks, as the audit log keeps it: the address and the browser under the person's own key. */
export type Caller = {
  readonly door: Door
  readonly request: string
  readonly address: string | undefined
  readonly browser: string | undefined
  /** Who acts, where that is not the person concerned: another person, an API key. */
  readonly actor: string | undefined
}

/** Latchkey itself: timers, the outbox. */
export const INSIDE: Caller = { door: 'inside', request: '', address: undefined, browser: undefined, actor: undefined }
