import { createHash } from 'node:crypto'
import type { AdapterPayload } from 'oidc-provider'
import type { Context } from '../../context.ts'
import type { Tx } from '../../db/database.ts'
import { isId, type SessionId } from '../../ids.ts'
import { lifetimeOf } from '../../sessions/rules.ts'

/** What the library keeps, as a row: the id is a hash, the payload is sealed. */
export type Kept = {
  model: string
  id: string
  payload: AdapterPayload
  /** Our session, which what is kept lives and dies with. */
  session: SessionId | undefined
  expiresAt: number | undefined
}

/** What the library named is a secret of 126 bits or more: a plain hash hides it. */
export function hashOfModel(id: string): string {
  return createHash('sha256').update(id).digest('base64url')
}

function placeOf(model: string, hash: string) {
  return { table: 'oidc_models', column: 'sealed_payload', id: `${model}/${hash}` }
}

/** Adds or changes; what was consumed or revoked stays as it is. */
export async function putModel(ctx: Context, tx: Tx, { model, id, payload, session, expiresAt }: Kept): Promise<void> {
  const hash = hashOfModel(id)
  const row = {
    grant_id: model === 'Grant' ? id : (payload.grantId ?? null),
    uid: payload.uid ?? null,
    account_id: payload.accountId ?? null,
    session_uid: payload.sessionUid ?? null,
    session_id: session ?? null,
    sealed_payload: ctx.keys.seal(placeOf(model, hash), Buffer.from(JSON.stringify(payload))),
    expires_at: expiresAt ?? null,
  }
  await tx
    .insertInto('oidc_models')
    .values({ model, id: hash, ...row, created_at: ctx.now(), consumed_at: null })
    .onConflict((conflict) => conflict.columns(['model', 'id']).doUpdateSet(row).where('oidc_models.consumed_at', 'is', null))
    .execute()
}

/** Adds what must not be there yet. False if it was. */
export async function addModel(ctx: Context, tx: Tx, { model, id, payload, expiresAt }: Kept): Promise<boolean> {
  const hash = hashOfModel(id)
  const added = await tx
    .insertInto('oidc_models')
    .values({
      model,
      id: hash,
      grant_id: null,
      uid: null,
      account_id: null,
      session_uid: null,
      session_id: null,
      sealed_payload: ctx.keys.seal(placeOf(model, hash), Buffer.from(JSON.stringify(payload))),
      created_at: ctx.now(),
      expires_at: expiresAt ?? null,
      consumed_at: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst()
  return added !== undefined
}

/** What is known of a row beside its payload: whether it was consumed, and how its session and its person stand. */
export type Found = {
  payload: AdapterPayload
  consumedAt: number | undefined
  session: SessionId | undefined
  /** `gone` for one that ended, and for one that is not there any more; `stale` for one that ran out by itself. */
  standing: 'none' | 'live' | 'stale' | 'gone'
  /** A person belongs to it and is not active. */
  personOut: boolean
}

/** A row that has not expired. */
export async function findModel(ctx: Context, model: string, id: string): Promise<Found | undefined> {
  const at = ctx.now()
  const hash = hashOfModel(id)
  const row = await ctx.db.read
    .selectFrom('oidc_models as kept')
    .leftJoin('sessions', 'sessions.id', 'kept.session_id')
    .leftJoin('users', 'users.id', 'kept.account_id')
    .select(['kept.sealed_payload', 'kept.consumed_at', 'kept.session_id', 'kept.account_id', 'users.state'])
    .select(['sessions.id as session', 'sessions.ended_at', 'sessions.expires_at as until', 'sessions.last_seen_at'])
    .where('kept.model', '=', model)
    .where('kept.id', '=', hash)
    .where((where) => where.or([where('kept.expires_at', 'is', null), where('kept.expires_at', '>', at)]))
    .executeTakeFirst()
  if (row === undefined) return undefined
  return {
    payload: openPayload(ctx, model, hash, row.sealed_payload),
    consumedAt: row.consumed_at ?? undefined,
    session: row.session_id ?? undefined,
    standing: row.session_id === null ? 'none' : standingOf(ctx, row, at),
    personOut: row.account_id !== null && row.state !== 'active',
  }
}

type SessionColumns = { session: string | null; ended_at: number | null; until: number | null; last_seen_at: number | null }

function standingOf(ctx: Context, { session, ended_at, until, last_seen_at }: SessionColumns, at: number): 'live' | 'stale' | 'gone' {
  if (session === null || ended_at !== null) return 'gone'
  const idleSince = at - lifetimeOf('sign-in', ctx.config.session).idleMs
  return (until ?? 0) > at && (last_seen_at ?? 0) > idleSince ? 'live' : 'stale'
}

function openPayload(ctx: Context, model: string, hash: string, sealed: Uint8Array): AdapterPayload {
  return JSON.parse(Buffer.from(ctx.keys.open(placeOf(model, hash), sealed)).toString('utf8')) as AdapterPayload
}

/** Whose session it is, if it lives: neither ended nor run out, and its person active. */
export async function liveSessionOwner(ctx: Context, session: SessionId): Promise<string | undefined> {
  const at = ctx.now()
  const row = await ctx.db.read
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .select('sessions.user_id')
    .where('sessions.id', '=', session)
    .where('sessions.ended_at', 'is', null)
    .where('sessions.expires_at', '>', at)
    .where('sessions.last_seen_at', '>', at - lifetimeOf('sign-in', ctx.config.session).idleMs)
    .where('users.state', '=', 'active')
    .executeTakeFirst()
  return row?.user_id
}

/** A relying party's part in a session of ours, which began at `since`. */
export type Participation = { grantId: string; clientId: string; accountId: string; since: number; revoked: boolean }

/** Every relying party that took part in a session, whether or not its grant was revoked since; the earliest first. */
export async function participations(ctx: Context, session: SessionId): Promise<Participation[]> {
  const rows = await ctx.db.read
    .selectFrom('oidc_models')
    .select(['id', 'sealed_payload', 'grant_id', 'created_at', 'consumed_at'])
    .where('model', '=', 'Grant')
    .where('session_id', '=', session)
    .orderBy('created_at')
    .execute()
  return rows.flatMap(({ id, sealed_payload, grant_id, created_at: since, consumed_at }) => {
    const { clientId, accountId } = openPayload(ctx, 'Grant', id, sealed_payload)
    if (clientId === undefined || accountId === undefined || grant_id === null) return []
    return [{ grantId: grant_id, clientId, accountId, since, revoked: consumed_at !== null }]
  })
}

/** Every grant of a relying party that was not revoked. Whose it is stands in what is sealed: all are opened. */
export async function grantsOf(ctx: Context, tx: Tx, client: string): Promise<string[]> {
  const rows = await tx
    .selectFrom('oidc_models')
    .select(['id', 'sealed_payload', 'grant_id'])
    .where('model', '=', 'Grant')
    .where('consumed_at', 'is', null)
    .orderBy('id')
    .execute()
  return rows.flatMap(({ id, sealed_payload, grant_id }) =>
    grant_id !== null && openPayload(ctx, 'Grant', id, sealed_payload).clientId === client ? [grant_id] : [],
  )
}

/** Uses something up: of any number who try at once, one does. For all others the grant is revoked, in the same transaction. */
export async function consumeModel(ctx: Context, tx: Tx, model: string, id: string): Promise<boolean> {
  const at = ctx.now()
  const hash = hashOfModel(id)
  const row = await tx.selectFrom('oidc_models').select('grant_id').where('model', '=', model).where('id', '=', hash).executeTakeFirst()
  const grantId = row?.grant_id ?? undefined
  if (grantId !== undefined) await holdGrant(tx, grantId)
  const consumed = await tx
    .updateTable('oidc_models')
    .set({ consumed_at: at })
    .where('model', '=', model)
    .where('id', '=', hash)
    .where('consumed_at', 'is', null)
    .returning('id')
    .executeTakeFirst()
  if (consumed !== undefined) return true
  if (grantId !== undefined) await revokeGrant(tx, grantId, at)
  return false
}

/** Everything that came of a grant is gone. The grant itself stays as revoked, so that its id never means anything again. */
export async function revokeGrant(tx: Tx, grantId: string, at: number): Promise<void> {
  await holdGrant(tx, grantId)
  await tx
    .updateTable('oidc_models')
    .set({ consumed_at: at })
    .where('model', '=', 'Grant')
    .where('id', '=', hashOfModel(grantId))
    .where('consumed_at', 'is', null)
    .execute()
  await tx.deleteFrom('oidc_models').where('grant_id', '=', grantId).where('model', '!=', 'Grant').execute()
}

/** What came of a grant, of one model. */
export async function revokeModelsOf(tx: Tx, model: string, grantId: string): Promise<void> {
  await holdGrant(tx, grantId)
  await tx.deleteFrom('oidc_models').where('grant_id', '=', grantId).where('model', '=', model).execute()
}

/**
 * Holds a grant's row, revoked or not: who changes more than one row of a grant does so after all others who do. On PostgreSQL whoever waits for
 * a row holds it when its turn comes, even if there is nothing to be changed any more; without one order they wait for each other.
 */
async function holdGrant(tx: Tx, grantId: string): Promise<void> {
  await tx
    .updateTable('oidc_models')
    .set({ grant_id: grantId })
    .where('model', '=', 'Grant')
    .where('id', '=', hashOfModel(grantId))
    .execute()
}

export async function deleteModel(tx: Tx, model: string, id: string): Promise<void> {
  await tx.deleteFrom('oidc_models').where('model', '=', model).where('id', '=', hashOfModel(id)).execute()
}

export async function deleteExpired(tx: Tx, at: number): Promise<number> {
  const { numDeletedRows } = await tx.deleteFrom('oidc_models').where('expires_at', '<=', at).executeTakeFirst()
  return Number(numDeletedRows)
}

/** The session that a name of the library's is about: ours go by our names there. */
export function sessionNamed(text: string | undefined): SessionId | undefined {
  return text !== undefined && isId('ses', text) ? text : undefined
}

const SESSION_ID_LENGTH = 26

/** A grant's id begins with its session's. */
export function sessionOfGrant(grantId: string): SessionId | undefined {
  return sessionNamed(grantId.slice(0, SESSION_ID_LENGTH))
}
