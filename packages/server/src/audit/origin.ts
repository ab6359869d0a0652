import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { Caller, Context } from '../context.ts'
import type { Database, Tx } from '../db/database.ts'
import type { UserId } from '../ids.ts'

/** Where something came from. */
export type Origin = { address: string | undefined; browser: string | undefined }

const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16

/**
 * Seals an origin under the person's own key, so that erasing the key erases it; null where there is none to keep.
 * What a program asks comes from the program's machine, which its API key names: that is no origin of the person.
 */
export async function sealOrigin(ctx: Context, tx: Tx, user: UserId, by: Caller): Promise<Uint8Array | null> {
  if (by.door === 'validate' || (by.address === undefined && by.browser === undefined)) return null
  const key = await personKey(ctx, tx, user)
  const nonce = ctx.random(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(user))
  const plain = JSON.stringify({ address: by.address, browser: by.browser?.slice(0, LONGEST_BROWSER) })
  return Buffer.concat([nonce, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()])
}

const LONGEST_BROWSER = 256

/** Opens origins of one person; undefined for each that is not there, or whose key was erased. */
export async function openOrigins(ctx: Context, user: UserId, sealed: readonly (Uint8Array | null)[]): Promise<(Origin | undefined)[]> {
  const key = await findKey(ctx, ctx.db.read, user)
  return sealed.map((bytes) => (key === undefined || bytes === null ? undefined : openOne(key, user, bytes)))
}

function openOne(key: Uint8Array, user: UserId, bytes: Uint8Array): Origin | undefined {
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES }).setAAD(
    Buffer.from(user),
  )
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
  try {
    const plain = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()])
    const { address, browser } = JSON.parse(plain.toString('utf8')) as Partial<Origin>
    return { address, browser }
  } catch {
    return undefined
  }
}

async function personKey(ctx: Context, tx: Tx, user: UserId): Promise<Uint8Array> {
  const known = await findKey(ctx, tx, user)
  if (known !== undefined) return known
  const key = ctx.random(KEY_BYTES)
  const sealed_key = ctx.keys.seal(placeOf(user), key)
  await tx
    .insertInto('audit_person_keys')
    .values({ user_id: user, sealed_key, created_at: ctx.now() })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  // Somebody else may have been first.
  return (await findKey(ctx, tx, user)) ?? key
}

async function findKey(ctx: Context, db: Database['read'], user: UserId): Promise<Uint8Array | undefined> {
  const row = await db.selectFrom('audit_person_keys').select('sealed_key').where('user_id', '=', user).executeTakeFirst()
  return row === undefined ? undefined : ctx.keys.open(placeOf(user), row.sealed_key)
}

function placeOf(user: UserId) {
  return { table: 'audit_person_keys', column: 'sealed_key', id: user }
}
