import { createHash, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { Context } from '../context.ts'
import type { KeyAlgorithm, KeyState, KeyUse } from './rules.ts'
import type { NewKey } from './store.ts'

const RSA_BITS = 2048
const SECRET_BYTES = 32
const generate = promisify(generateKeyPair)

/** Draws a key for a slot, sealed as its row holds it. RSA takes a tenth of a second: never inside a transaction. */
export async function drawKey(ctx: Context, slot: { use: KeyUse; algorithm: KeyAlgorithm }, id: string, state: KeyState): Promise<NewKey> {
  const { secret, shown } = await drawMaterial(ctx, slot.algorithm)
  return {
    id,
    ...slot,
    state,
    public_jwk: shown === undefined ? null : JSON.stringify(shown),
    sealed_key: ctx.keys.seal(placeOf(id), Buffer.from(secret)),
    created_at: ctx.now(),
    retires_at: null,
  }
}

export function placeOf(id: string) {
  return { table: 'signing_keys', column: 'sealed_key', id }
}

async function drawMaterial(ctx: Context, algorithm: KeyAlgorithm): Promise<{ secret: string; shown: JsonWebKey | undefined }> {
  if (algorithm === 'HS256') return { secret: Buffer.from(ctx.random(SECRET_BYTES)).toString('base64url'), shown: undefined }
  const { publicKey, privateKey } = await drawPair(algorithm)
  const shown = publicKey.export({ format: 'jwk' })
  const names = { kid: thumbprintOf(shown), use: 'sig', alg: algorithm }
  return { secret: JSON.stringify({ ...privateKey.export({ format: 'jwk' }), ...names }), shown: { ...shown, ...names } }
}

function drawPair(algorithm: 'RS256' | 'ES256'): Promise<{ publicKey: KeyObject; privateKey: KeyObject }> {
  return algorithm === 'RS256' ? generate('rsa', { modulusLength: RSA_BITS }) : generate('ec', { namedCurve: 'P-256' })
}

/** RFC 7638, 3: the members that a key must have, in the order of their names. */
function thumbprintOf({ crv, e, kty, n, x, y }: JsonWebKey): string {
  return createHash('sha256')
    .update(JSON.stringify(kty === 'RSA' ? { e, kty, n } : { crv, kty, x, y }))
    .digest('base64url')
}
