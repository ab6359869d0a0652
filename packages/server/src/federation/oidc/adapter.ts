import Provider, { type Adapter, type AdapterPayload, errors } from 'oidc-provider'
import type { Context } from '../../context.ts'
import type { SessionId } from '../../ids.ts'
import { loginOf, ourSession, sidOf } from './our-session.ts'
import {
  addModel,
  consumeModel,
  deleteModel,
  type Found,
  findModel,
  liveSessionOwner,
  participations,
  putModel,
  revokeGrant,
  revokeModelsOf,
  sessionNamed,
  sessionOfGrant,
} from './store.ts'

/** What outlives a session that ran out by itself, if the person wanted it so (`offline_access`); nothing outlives one that was ended. */
const MAY_OUTLIVE: ReadonlySet<string> = new Set(['AuthorizationCode', 'AccessToken', 'RefreshToken', 'Grant'])
/** What means nothing without a session of ours. */
const NEEDS_SESSION: ReadonlySet<string> = new Set([...MAY_OUTLIVE, 'Session'])

/** The library's storage of one model, on our tables. What it finds is alive now: its session, its person, itself. */
export function openAdapter(ctx: Context, model: string): Adapter {
  return {
    find: (id) => (model === 'Session' ? findLibrarySession(ctx, id) : find(ctx, model, id)),
    findByUid: (uid) => findSessionByUid(ctx, uid),
    findByUserCode: async () => undefined,
    upsert: (id, payload, expiresIn) => upsert(ctx, model, id, payload, expiresIn),
    consume: (id) => consume(ctx, model, id),
    destroy: (id) => destroy(ctx, model, id),
    revokeByGrantId: (grantId) => ctx.db.transaction((tx) => revokeModelsOf(tx, model, grantId)),
  }
}

async function find(ctx: Context, model: string, id: string): Promise<AdapterPayload | undefined> {
  const row = await findModel(ctx, model, id)
  if (row === undefined || !isAlive(model, row)) return undefined
  if (model === 'Grant' && row.consumedAt !== undefined) return undefined
  return row.consumedAt === undefined ? row.payload : { ...row.payload, consumed: Math.floor(row.consumedAt / 1000) }
}

function isAlive(model: string, { standing, personOut, payload }: Found): boolean {
  if (personOut || standing === 'gone') return false
  if (standing === 'none') return !NEEDS_SESSION.has(model)
  return standing === 'live' || (MAY_OUTLIVE.has(model) && payload.expiresWithSession !== true)
}

/** A browser's session of the library is good beside the session of ours that it was made for, and says what that says now. */
async function findLibrarySession(ctx: Context, id: string): Promise<AdapterPayload | undefined> {
  const row = await findModel(ctx, 'Session', id)
  if (row === undefined) return undefined
  if (row.payload.accountId === undefined) return row.payload
  const ours = Provider.ctx === undefined ? undefined : await ourSession(ctx, Provider.ctx.req)
  if (ours === undefined || row.session !== ours.id || ours.user !== row.payload.accountId) return undefined
  return { ...row.payload, ...loginOf(ours) }
}

/** By the name that our session has there: answered from our session, whatever browsers hold. */
async function findSessionByUid(ctx: Context, uid: string): Promise<AdapterPayload | undefined> {
  const session = sessionNamed(uid)
  const accountId = session === undefined ? undefined : await liveSessionOwner(ctx, session)
  if (session === undefined || accountId === undefined) return undefined
  const parts = (await participations(ctx, session)).filter(({ revoked }) => !revoked)
  const authorizations = Object.fromEntries(
    parts.map(({ clientId, grantId }) => [clientId, { grantId, sid: sidOf(ctx, session, clientId) }]),
  )
  return { kind: 'Session', jti: uid, uid, accountId, authorizations }
}

async function upsert(ctx: Context, model: string, id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
  const expiresAt = expiresIn === undefined ? undefined : ctx.now() + expiresIn * 1000
  if (model === 'ReplayDetection') {
    const first = await ctx.db.transaction((tx) => addModel(ctx, tx, { model, id, payload, session: undefined, expiresAt }))
    if (!first) throw new errors.InvalidClientAuth('client assertion tokens must only be used once')
    return
  }
  const session = await sessionBehind(ctx, model, id, payload)
  // A login that is not that of the browser's own session is kept by nobody.
  if (session === undefined && payload.accountId !== undefined && NEEDS_SESSION.has(model)) return
  await ctx.db.transaction((tx) => putModel(ctx, tx, { model, id, payload, session, expiresAt }))
}

async function sessionBehind(ctx: Context, model: string, id: string, payload: AdapterPayload): Promise<SessionId | undefined> {
  if (model === 'Grant') return sessionOfGrant(id)
  if (model !== 'Session') return sessionNamed(payload.sessionUid)
  const ours = Provider.ctx === undefined ? undefined : await ourSession(ctx, Provider.ctx.req)
  return ours?.user === payload.accountId && ours?.id === payload.uid ? ours?.id : undefined
}

/** Good once. Whoever comes second learns nothing and ends what the first one got (RFC 6749, 4.1.2; RFC 9700, 4.14.2). */
async function consume(ctx: Context, model: string, id: string): Promise<void> {
  const consumed = await ctx.db.transaction((tx) => consumeModel(ctx, tx, model, id))
  if (consumed) return
  if (model === 'PushedAuthorizationRequest') throw new errors.InvalidRequestUri('request_uri is invalid, expired, or was already used')
  throw new errors.InvalidGrant('already consumed')
}

function destroy(ctx: Context, model: string, id: string): Promise<void> {
  return ctx.db.transaction((tx) => (model === 'Grant' ? revokeGrant(tx, id, ctx.now()) : deleteModel(tx, model, id)))
}
