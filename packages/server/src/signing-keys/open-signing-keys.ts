import type { Context } from '../context.ts'
import { placeOf } from './draw-key.ts'
import { bySigningOrder } from './rules.ts'
import { selectLiveKeys } from './store.ts'

/** Private keys, the one that signs first; secrets for cookies the same. `version` changes whenever any of them does. */
export type SigningKeys = { version: string; tokens: JsonWebKey[]; cookies: string[] }

/** Opens every key that signs, will sign, or still verifies. For the provider alone. */
export async function openSigningKeys(ctx: Context): Promise<SigningKeys> {
  const rows = await selectLiveKeys(ctx.db.read, ctx.now()).selectAll().execute()
  const texts = rows
    .sort(bySigningOrder)
    .map(({ id, use, sealed_key }) => ({ use, text: Buffer.from(ctx.keys.open(placeOf(id), sealed_key)).toString('utf8') }))
  return {
    version: versionOf(rows),
    tokens: texts.filter(({ use }) => use === 'oidc').map(({ text }) => JSON.parse(text) as JsonWebKey),
    cookies: texts.filter(({ use }) => use === 'cookies').map(({ text }) => text),
  }
}

/** The private key by which the portal shows who it is. For the portal alone. */
export async function openPortalKey(ctx: Context): Promise<JsonWebKey> {
  const row = await selectLiveKeys(ctx.db.read, ctx.now())
    .select(['id', 'sealed_key'])
    .where('use', '=', 'portal')
    .where('state', '=', 'current')
    .executeTakeFirstOrThrow()
  return JSON.parse(Buffer.from(ctx.keys.open(placeOf(row.id), row.sealed_key)).toString('utf8')) as JsonWebKey
}

/** The public parts of the portal's keys: the one that signs, the one that will, and those that signed last. */
export async function portalKeys(ctx: Context): Promise<JsonWebKey[]> {
  const rows = await selectLiveKeys(ctx.db.read, ctx.now()).select('public_jwk').where('use', '=', 'portal').execute()
  return rows.map(({ public_jwk }) => JSON.parse(public_jwk ?? '{}') as JsonWebKey)
}

/** What `openSigningKeys` would call its version now; opens nothing. */
export async function signingKeysVersion(ctx: Context): Promise<string> {
  return versionOf(await selectLiveKeys(ctx.db.read, ctx.now()).select(['id', 'state']).execute())
}

function versionOf(rows: readonly { id: string; state: string }[]): string {
  return rows
    .map(({ id, state }) => `${id} ${state}`)
    .sort()
    .join()
}
