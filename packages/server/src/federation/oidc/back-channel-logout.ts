import type Provider from 'oidc-provider'
import type { Context } from '../../context.ts'
import type { SessionId } from '../../ids.ts'
import { sidOf } from './our-session.ts'
import { type Participation, participations } from './store.ts'

/** Some relying parties could not be told. The message names no address. */
export class LogoutUndelivered extends Error {}

/**
 * Tells every relying party of these sessions that they ended (Back-Channel Logout 1.0, 2.5). One that cannot be reached keeps no
 * other from hearing. @throws LogoutUndelivered if there was such a one: the same again later, which those who heard take as no harm
 */
export async function deliverBackChannelLogout(ctx: Context, provider: Provider, sessions: readonly SessionId[]): Promise<void> {
  const parts = await Promise.all(sessions.map(async (session) => distinct(session, await participations(ctx, session))))
  const told = await Promise.allSettled(parts.flat().map((part) => tell(ctx, provider, part)))
  const failed = told.filter(({ status }) => status === 'rejected').length
  if (failed > 0) throw new LogoutUndelivered(`${failed} of ${told.length} relying parties could not be told of a logout`)
}

type Part = Participation & { session: SessionId }

/** Once a relying party, however many grants it had. */
function distinct(session: SessionId, parts: readonly Participation[]): Part[] {
  return [...new Map(parts.map((part) => [part.clientId, { ...part, session }])).values()]
}

async function tell(ctx: Context, provider: Provider, { clientId, accountId, since, session }: Part): Promise<void> {
  if (!(await wasRegisteredAt(ctx, clientId, since))) return
  const client = await provider.Client.find(clientId)
  if (client === undefined || !hasBackChannel(client)) return
  await client.backchannelLogout(accountId, sidOf(ctx, session, clientId))
}

/** One that was registered later is another one, under the same name. */
async function wasRegisteredAt(ctx: Context, clientId: string, at: number): Promise<boolean> {
  const row = await ctx.db.read
    .selectFrom('relying_parties')
    .select('id')
    .where('client_id', '=', clientId)
    .where('created_at', '<=', at)
    .executeTakeFirst()
  return row !== undefined
}

type BackChannel = { backchannelLogout: (sub: string, sid: string) => Promise<void> }

/** The types leave out what the library's own logout calls. */
function hasBackChannel(client: object): client is BackChannel {
  const hasUri = 'backchannelLogoutUri' in client && client.backchannelLogoutUri !== undefined
  return hasUri && 'backchannelLogout' in client && typeof client.backchannelLogout === 'function'
}
