import type { Adapter, AdapterPayload } from 'oidc-provider'
import type { Context } from '../../context.ts'
import { portalKeys } from '../../signing-keys/open-signing-keys.ts'
import { isAcr, PORTAL, type Policy, TWO_FACTORS } from './rules.ts'

/** Only these, whatever a client registered: codes never stand in a fragment. */
const RESPONSES = { response_types: ['code' as const], response_modes: ['query', 'form_post'] }

/** Relying parties as the library's clients. It only ever reads them. */
export function openClients(ctx: Context): Adapter {
  const refuse = async (): Promise<never> => {
    throw new Error('clients are registered by the administrator')
  }
  return {
    find: (clientId) => findClient(ctx, clientId),
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
    upsert: refuse,
    consume: refuse,
    destroy: refuse,
    revokeByGrantId: refuse,
  }
}

async function findClient(ctx: Context, clientId: string): Promise<AdapterPayload | undefined> {
  const row = await ctx.db.read
    .selectFrom('relying_parties')
    .select(['id', 'name', 'metadata', 'sealed_secret'])
    .where('client_id', '=', clientId)
    .where('state', '=', 'active')
    .executeTakeFirst()
  if (row === undefined) return undefined
  const metadata = JSON.parse(row.metadata) as AdapterPayload
  const secret = row.sealed_secret === null ? {} : { client_secret: openSecret(ctx, row.id, row.sealed_secret) }
  // The portal's keys change with ours: they are not what it was registered with.
  const keys = clientId === PORTAL ? { jwks: { keys: await portalKeys(ctx) } } : {}
  return { ...metadata, ...secret, ...keys, ...RESPONSES, client_id: clientId, client_name: row.name }
}

/** What a relying party is held to. One that is not there is held to everything by being unknown to the library. */
export async function policyOf(ctx: Context, clientId: string): Promise<Policy> {
  const row = await ctx.db.read
    .selectFrom('relying_parties')
    .select(['required_acr', 'allowed_kinds', 'freshness_ms'])
    .where('client_id', '=', clientId)
    .executeTakeFirst()
  const acr = row?.required_acr ?? undefined
  if (acr !== undefined && !isAcr(acr)) throw new Error(`the relying party ${clientId} requires an acr that is none of ours`)
  return {
    // Where everybody gives both, no relying party gets less.
    acr: ctx.config.signIn.secondFactor === 'always' ? TWO_FACTORS : acr,
    kinds: row?.allowed_kinds?.split(' ').filter((kind) => kind !== ''),
    freshnessMs: row?.freshness_ms ?? undefined,
  }
}

function placeOf(id: string) {
  return { table: 'relying_parties', column: 'sealed_secret', id }
}

export function sealSecret(ctx: Context, id: string, secret: string): Uint8Array {
  return ctx.keys.seal(placeOf(id), Buffer.from(secret))
}

function openSecret(ctx: Context, id: string, sealed: Uint8Array): string {
  return Buffer.from(ctx.keys.open(placeOf(id), sealed)).toString('utf8')
}
