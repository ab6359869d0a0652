import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto'
import type { Context } from '../context.ts'

/** Signs for the audit log, Ed25519 (RFC 8032). */
export type Signer = { id: string; sign: (text: string) => string }
/** Whether a text was signed by the key of that id; undefined for a key that is not known here. */
export type Verifier = (keyId: string, text: string, signature: string) => boolean | undefined

const FIRST = 'audit-1'

/** The key that signs now, made on first use. Two instances that make it at once end up with the same. */
export async function openSigner(ctx: Context): Promise<Signer> {
  const known = await findCurrent(ctx)
  if (known !== undefined) return known
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const sealed_key = ctx.keys.seal(placeOf(FIRST), privateKey.export({ format: 'der', type: 'pkcs8' }))
  const public_jwk = JSON.stringify(publicKey.export({ format: 'jwk' }))
  await ctx.db.transaction((tx) =>
    tx
      .insertInto('signing_keys')
      .values({
        id: FIRST,
        use: 'audit',
        algorithm: 'Ed25519',
        state: 'current',
        public_jwk,
        sealed_key,
        created_at: ctx.now(),
        retires_at: null,
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute(),
  )
  const made = await findCurrent(ctx)
  if (made === undefined) throw new Error('the key that signs the audit log is there, but not current')
  return made
}

/**
 * Every key that has signed. The public halves are taken from the sealed private ones: whoever can write the database but has not
 * the key-encryption key cannot put a key of theirs into its place.
 */
export async function openVerifier(ctx: Context): Promise<Verifier> {
  const rows = await ctx.db.read.selectFrom('signing_keys').select(['id', 'sealed_key']).where('use', '=', 'audit').execute()
  const keys = new Map(rows.map(({ id, sealed_key }) => [id, createPublicKey(openPrivate(ctx, id, sealed_key))]))
  return (keyId, text, signature) => {
    const key = keys.get(keyId)
    return key === undefined ? undefined : verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64url'))
  }
}

async function findCurrent(ctx: Context): Promise<Signer | undefined> {
  const row = await ctx.db.read
    .selectFrom('signing_keys')
    .select(['id', 'sealed_key'])
    .where('use', '=', 'audit')
    .where('state', '=', 'current')
    .orderBy('created_at', 'desc')
    .executeTakeFirst()
  if (row === undefined) return undefined
  const key = openPrivate(ctx, row.id, row.sealed_key)
  return { id: row.id, sign: (text) => sign(null, Buffer.from(text), key).toString('base64url') }
}

function openPrivate(ctx: Context, id: string, sealed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.from(ctx.keys.open(placeOf(id), sealed)), format: 'der', type: 'pkcs8' })
}

function placeOf(id: string) {
  return { table: 'signing_keys', column: 'sealed_key', id }
}
