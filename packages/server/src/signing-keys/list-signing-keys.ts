import type { Context } from '../context.ts'
import { bySigningOrder, type KeyState } from './rules.ts'
import { selectLiveKeys } from './store.ts'

/** A key as an administrator may see it. Times are milliseconds UTC. */
export type SigningKey = {
  id: string
  use: string
  algorithm: string
  state: KeyState
  createdAt: number
  retiresAt: number | undefined
  /** The `kid` under which it is published. */
  kid: string | undefined
}

/** The keys that sign, will sign, or still verify. */
export async function listSigningKeys(ctx: Context): Promise<SigningKey[]> {
  const rows = await selectLiveKeys(ctx.db.read, ctx.now())
    .select(['id', 'use', 'algorithm', 'state', 'created_at', 'retires_at', 'public_jwk'])
    .execute()
  return rows.sort(bySigningOrder).map((row) => ({
    id: row.id,
    use: row.use,
    algorithm: row.algorithm,
    state: row.state,
    createdAt: row.created_at,
    retiresAt: row.retires_at ?? undefined,
    kid: row.public_jwk === null ? undefined : kidOf(row.public_jwk),
  }))
}

function kidOf(jwk: string): string {
  const { kid } = JSON.parse(jwk) as { kid: string }
  return kid
}
