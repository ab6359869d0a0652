import { parseCheckpoint } from '@latchkey/server/audit/checkpoint'
import { verifyChain } from '@latchkey/server/audit/verify-chain'
import { readConfig } from '@latchkey/server/config'
import type { Context } from '@latchkey/server/context'
import { openSilentLog } from '@latchkey/server/observe/log'
import { openContext } from '@latchkey/server/operate/open-context'
import { NEVER } from '@latchkey/server/tokens/key-sets'
import type { History, PersonRecord, Records, Validation } from './history.ts'

/** Reads what the database holds, and verifies the audit chain, against the last checkpoint that was seen too. */
export async function readRecords(environment: NodeJS.ProcessEnv, history: History): Promise<Records> {
  const { context, close } = await openContext(readConfig(environment), openSilentLog())
  try {
    const { people, names } = await readPeople(context)
    return {
      people,
      validations: await readValidations(context, names),
      apiKeys: await readKeys(context),
      chain: await readChain(context, history),
    }
  } finally {
    await close()
  }
}

async function readPeople({ db }: Context): Promise<{ people: Map<string, PersonRecord>; names: Map<string, string> }> {
  const rows = await db.read
    .selectFrom('users')
    .innerJoin('code_guards', 'code_guards.user_id', 'users.id')
    .innerJoin('authenticators', 'authenticators.user_id', 'users.id')
    .innerJoin('key_sets', 'key_sets.token_id', 'authenticators.id')
    .select(['users.id', 'login_name', 'users.state', 'door_failures', 'wrong_since_success', 'attempts', 'last_step'])
    .execute()
  const wrong = await db.read
    .selectFrom('wrong_codes')
    .select((row) => ['user_id', row.fn.countAll<number>().as('times')])
    .groupBy('user_id')
    .execute()
  const wrongCodes = new Map(wrong.map(({ user_id, times }) => [String(user_id), Number(times)]))
  const people = rows.map((row): [string, PersonRecord] => [
    row.login_name,
    {
      suspended: row.state === 'suspended',
      lastStep: row.last_step === NEVER ? undefined : row.last_step,
      doorFailures: row.door_failures,
      tokenAttempts: row.attempts,
      wrongCodes: wrongCodes.get(row.id) ?? 0,
      wrongSinceSuccess: row.wrong_since_success,
    },
  ])
  return { people: new Map(people), names: new Map(rows.map(({ id, login_name }) => [String(id), login_name])) }
}

async function readValidations({ db }: Context, names: ReadonlyMap<string, string>): Promise<Validation[]> {
  const rows = await db.read
    .selectFrom('audit_events')
    .select(['subject', 'outcome', 'request'])
    .where('action', '=', 'tokens.validate-code')
    .orderBy('id')
    .execute()
  return rows.map(({ subject, outcome, request }) => ({ person: names.get(subject ?? '') ?? '', outcome, request: request ?? '' }))
}

async function readKeys({ db }: Context): Promise<Map<string, { ended: boolean }>> {
  const rows = await db.read.selectFrom('api_keys').select(['id', 'ended_at']).execute()
  return new Map(rows.map(({ id, ended_at }) => [id, { ended: ended_at !== null }]))
}

async function readChain(ctx: Context, { changes }: History): Promise<Records['chain']> {
  const last = changes.findLast(({ kind }) => kind === 'checkpoint')
  const checkpoint = last?.kind === 'checkpoint' ? parseCheckpoint(last.text) : undefined
  const verified = await verifyChain(ctx, checkpoint)
  return verified.whole ? { whole: true, flaw: undefined } : { whole: false, flaw: `${verified.flaw} in block ${verified.block}` }
}
