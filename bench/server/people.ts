import { randomBytes } from 'node:crypto'
import { drawSerialNumber } from '@latchkey/protocol/codes/serial-number'
import { makeApiKey } from '@latchkey/server/api-keys/make-api-key'
import type { Config } from '@latchkey/server/config'
import { type Context, INSIDE } from '@latchkey/server/context'
import type { Tx } from '@latchkey/server/db/database'
import { hashSecret } from '@latchkey/server/hashing/hash-secret'
import { drawId } from '@latchkey/server/ids'
import { openSilentLog } from '@latchkey/server/observe/log'
import { openContext } from '@latchkey/server/operate/open-context'
import { sealKeySet } from '@latchkey/server/tokens/key-sets'

/** Somebody with a token whose key(otp) is known here, and all with the same password. */
export type Person = { name: string; otp: Uint8Array }
export const PASSWORD = 'plum envelope under the northern stair'

const AT_ONCE = 500

/** Fills an empty database with people, each with an active token; returns them, an API key, and the hash of their password. */
export async function makePeople(config: Config, count: number): Promise<{ people: Person[]; apiKey: string; hash: string }> {
  const { context, close } = await openContext(config, openSilentLog())
  const hash = await hashSecret(context, PASSWORD)
  const people: Person[] = []
  for (let from = 0; from < count; from += AT_ONCE) {
    const names = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, index) => `person-${from + index}`)
    await context.db.transaction(async (tx) => {
      for (const name of names) people.push(await makePerson(context, tx, name, hash))
    })
  }
  const made = await makeApiKey(context, INSIDE, 'bench')
  await close()
  if (made.outcome !== 'made') throw new Error('no API key')
  return { people, apiKey: made.secret, hash }
}

async function makePerson(ctx: Context, tx: Tx, name: string, hash: string): Promise<Person> {
  const at = ctx.now()
  const user = drawId('usr', ctx.random)
  const token = drawId('tkn', ctx.random)
  const set = drawId('kst', ctx.random)
  const keys = { otp: new Uint8Array(randomBytes(32)), unlock: new Uint8Array(randomBytes(32)), sign: new Uint8Array(randomBytes(32)) }
  const person = { id: user, login_name: name, display_name: name, role: 'user', state: 'active', locale: 'en', time_zone: 'UTC' } as const
  await tx
    .insertInto('users')
    .values({ ...person, created_at: at, enrolled_at: at, ended_at: null })
    .execute()
  const guard = {
    user_id: user,
    failures: 0,
    not_before: 0,
    door_failures: 0,
    door_not_before: 0,
    doors_shut_at: null,
    wrong_since_success: 0,
  }
  await tx.insertInto('code_guards').values(guard).execute()
  await tx.insertInto('passwords').values({ user_id: user, hash, changed_at: at, reset_at: null }).execute()
  const authenticator = { id: token, user_id: user, kind: 'soft-token', state: 'active', label: 'Bench', key_set: 1, attempts: 0 } as const
  await tx
    .insertInto('authenticators')
    .values({ ...authenticator, created_at: at, activated_at: at })
    .execute()
  const serial = drawSerialNumber(ctx.random)
  await tx
    .insertInto('soft_tokens')
    .values({ token_id: token, serial_number: serial, digits: 6, pin_minimum: 6, drift: 0, lean: 0 })
    .execute()
  const sealed_keys = sealKeySet(ctx, set, keys)
  await tx.insertInto('key_sets').values({ id: set, token_id: token, number: 1, state: 'current', sealed_keys, created_at: at }).execute()
  return { name, otp: keys.otp }
}
