import { randomBytes } from 'node:crypto'
import { drawSerialNumber, type SerialNumber } from '@latchkey/protocol/codes/serial-number'
import { makeApiKey } from '@latchkey/server/api-keys/make-api-key'
import type { Config } from '@latchkey/server/config'
import { type Context, INSIDE } from '@latchkey/server/context'
import type { Tx } from '@latchkey/server/db/database'
import { hashSecret } from '@latchkey/server/hashing/hash-secret'
import { drawId } from '@latchkey/server/ids'
import { openSilentLog } from '@latchkey/server/observe/log'
import { openContext } from '@latchkey/server/operate/open-context'
import { NEVER, sealKeySet } from '@latchkey/server/tokens/key-sets'

/** Somebody with a token whose key(otp) is known here, and all with the same password. */
export type Person = { name: string; otp: Uint8Array }
export const PASSWORD = 'plum envelope under the northern stair'

/** Rows of a table that one statement carries. */
const AT_ONCE = 500
/** Statements of a table in one transaction. */
const A_TRANSACTION = 20

/**
 * Fills an empty database with people, each with an active token; returns them, an API key, and the hash of their password.
 * @param otpOf key(otp) of each; drawn where it is not given
 */
export async function makePeople(
  config: Config,
  count: number,
  otpOf: (number: number) => Uint8Array = () => new Uint8Array(randomBytes(32)),
): Promise<{ people: Person[]; apiKey: string; hash: string }> {
  const { context, close } = await openContext(config, openSilentLog())
  const hash = await hashSecret(context, PASSWORD)
  const people = drawSerials(context, count).map((serial, number) => ({ name: `person-${number}`, otp: otpOf(number), serial }))
  for (let from = 0; from < count; from += AT_ONCE * A_TRANSACTION) {
    await context.db.transaction(async (tx) => {
      const until = Math.min(count, from + AT_ONCE * A_TRANSACTION)
      for (let at = from; at < until; at += AT_ONCE) await putPeople(context, tx, people.slice(at, Math.min(until, at + AT_ONCE)), hash)
    })
  }
  const made = await makeApiKey(context, INSIDE, 'bench')
  await close()
  if (made.outcome !== 'made') throw new Error('no API key')
  return { people, apiKey: made.secret, hash }
}

/** As many as asked for, none twice: of a million that are drawn, some are. */
function drawSerials(ctx: Context, count: number): SerialNumber[] {
  const drawn = new Set<SerialNumber>()
  while (drawn.size < count) drawn.add(drawSerialNumber(ctx.random))
  return [...drawn]
}

type Filled = Person & { serial: SerialNumber }

async function putPeople(ctx: Context, tx: Tx, people: readonly Filled[], hash: string): Promise<void> {
  const rows = people.map((person) => rowsOf(ctx, person, hash))
  const all = <Name extends keyof Rows>(table: Name): Rows[Name][] => rows.map((row) => row[table])
  await tx.insertInto('users').values(all('users')).execute()
  await tx.insertInto('code_guards').values(all('code_guards')).execute()
  await tx.insertInto('passwords').values(all('passwords')).execute()
  await tx.insertInto('authenticators').values(all('authenticators')).execute()
  await tx.insertInto('soft_tokens').values(all('soft_tokens')).execute()
  await tx.insertInto('key_sets').values(all('key_sets')).execute()
}

type Rows = ReturnType<typeof rowsOf>

function rowsOf(ctx: Context, { name, otp, serial }: Filled, hash: string) {
  const at = ctx.now()
  const user = drawId('usr', ctx.random)
  const token = drawId('tkn', ctx.random)
  const set = drawId('kst', ctx.random)
  const keys = { otp, unlock: new Uint8Array(randomBytes(32)), sign: new Uint8Array(randomBytes(32)) }
  const person = { id: user, login_name: name, display_name: name, role: 'user', state: 'active', locale: 'en', time_zone: 'UTC' } as const
  const guard = { failures: 0, not_before: 0, door_failures: 0, door_not_before: 0, doors_shut_at: null, wrong_since_success: 0 }
  const authenticator = { id: token, user_id: user, kind: 'soft-token', state: 'active', label: 'Bench', key_set: 1, attempts: 0 } as const
  return {
    users: { ...person, created_at: at, enrolled_at: at, ended_at: null },
    code_guards: { user_id: user, ...guard },
    passwords: { user_id: user, hash, changed_at: at, reset_at: null },
    authenticators: { ...authenticator, created_at: at, activated_at: at },
    soft_tokens: { token_id: token, serial_number: serial, digits: 6, pin_minimum: 6, drift: 0, lean: 0 },
    key_sets: {
      id: set,
      token_id: token,
      number: 1,
      state: 'current',
      sealed_keys: sealKeySet(ctx, set, keys),
      last_step: NEVER,
      created_at: at,
      confirmed_at: at,
    },
  } as const
}
