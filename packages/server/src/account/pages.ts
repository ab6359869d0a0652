import { Hono, type MiddlewareHandler } from 'hono'
import type { Context } from '../context.ts'
import type { Env } from '../http/request.ts'
import { requireSession } from '../sign-in/require-sign-in.ts'
import { addressPages } from './address-pages.ts'
import { deletePages } from './delete-pages.ts'
import { showOverview } from './overview-page.ts'
import { preferencePages } from './preference-pages.ts'
import { sessionPages } from './session-pages.ts'
import { tokenPages } from './token-pages.ts'

/** What lets a request of `My account` through. */
export type Guard = MiddlewareHandler<Env>

/**
 * `My account`. Looking at it asks for a fresh second factor too: it shows addresses and where the person is signed in.
 * The guard stands at each route, so that it guards no page of another room.
 */
export function accountPages(ctx: Context): Hono<Env> {
  const guard = requireSession(ctx, { freshSecondFactor: true })
  return new Hono<Env>()
    .get('/account', guard, (request) => showOverview(request, ctx))
    .route('/', tokenPages(ctx, guard))
    .route('/', deletePages(ctx, guard))
    .route('/', sessionPages(ctx, guard))
    .route('/', addressPages(ctx, guard))
    .route('/', preferencePages(ctx, guard))
}
