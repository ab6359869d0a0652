import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** What must be nowhere in the database, whenever the server died; each query finds what breaks it. */
const NEVER: Readonly<Record<string, string>> = {
  'two active tokens of one person': `select user_id from authenticators where state = 'active' group by user_id having count(*) > 1`,
  'a token in use without its registration': `select id from authenticators a where state in ('active', 'disabled', 'suspended')
    and not exists (select 1 from activations where token_id = a.id and state = 'done')`,
  'a registration without its token': `select x.id from activations x join authenticators a on a.id = x.token_id
    where x.state = 'done' and (a.activated_at is null or a.state = 'pending')`,
  'a registration that nobody recorded': `select id from activations x where state = 'done' and not exists
    (select 1 from audit_events where action = 'tokens.register' and outcome = 'active' and object = x.id)`,
  'a registration recorded twice': `select object from audit_events where action = 'tokens.register' and outcome = 'active'
    group by object having count(*) > 1`,
  'a token in use without exactly one current key set': `select id from authenticators a where state = 'active'
    and (select count(*) from key_sets where token_id = a.id and state = 'current') <> 1`,
  'a token that was replaced and is there still': `select b.id from authenticators a join authenticators b on b.id = a.replaces
    where a.activated_at is not null and b.state <> 'ended'`,
  'two open activations of one person': `select user_id from activations where state in ('open', 'provisional') group by user_id having count(*) > 1`,
  'two sets of recovery codes': `select user_id from recovery_code_sets where ended_at is null group by user_id having count(*) > 1`,
  'a set of recovery codes that is not ten': `select id from recovery_code_sets s where ended_at is null
    and (select count(*) from recovery_codes where set_id = s.id) <> 10`,
  'questions that are not five': 'select user_id from question_answers group by user_id having count(*) <> 5',
  'an invitation used up without a password': `select id from links l where purpose = 'enrolment' and used_at is not null
    and not exists (select 1 from passwords where user_id = l.user_id)`,
  'an enrolment that is over without a token': `select id from users u where enrolled_at is not null
    and not exists (select 1 from authenticators where user_id = u.id and activated_at is not null)`,
}

/** What only grows: each row is a name and a number. */
const GROWS: readonly string[] = [
  `select 'events' name, count(*) n from audit_events`,
  `select 'step ' || id name, last_step n from key_sets where state <> 'retired'`,
  `select 'tries ' || id name, -tries_left n from activations`,
  `select 'used ' || set_id || ' ' || number name, 1 n from recovery_codes where used_at is not null`,
  `select 'reset ' || token_id name, count(*) n from reset_attempts where charged = 1 group by token_id`,
  `select 'wrong ' || user_id name, count(*) n from wrong_codes group by user_id`,
  `select 'link ' || id name, 1 n from links where used_at is not null`,
  `select 'ended ' || id name, 1 n from sessions where ended_at is not null`,
]

/** The names of what is broken. */
export function findBroken(data: string): string[] {
  return reading(data, (db) => Object.entries(NEVER).flatMap(([name, query]) => (db.prepare(query).all().length > 0 ? [name] : [])))
}

export type Counters = ReadonlyMap<string, number>

export function readCounters(data: string): Counters {
  return reading(
    data,
    (db) =>
      new Map(
        GROWS.flatMap((query) =>
          db
            .prepare(query)
            .all()
            .map((row) => [String(row['name']), Number(row['n'])] as const),
        ),
      ),
  )
}

/** What was there before and is less now; a retired key set counts no more. */
export function findLost(data: string, before: Counters): string[] {
  const now = readCounters(data)
  const gone = (name: string): boolean => !now.has(name) && !name.startsWith('step ')
  return [...before].flatMap(([name, n]) => (gone(name) || (now.get(name) ?? n) < n ? [name] : []))
}

/** How many security codes of a person were accepted. */
export function countAccepted(data: string, name: string): number {
  const accepted = `select count(*) n from audit_events where action = 'tokens.validate-code' and outcome = 'accepted'
    and subject = (select id from users where login_name = ?)`
  return reading(data, (db) => Number(db.prepare(accepted).get(name)?.['n']))
}

/** One number out of the database. */
export function readNumber(data: string, query: string): number {
  return reading(data, (db) => Number(Object.values(db.prepare(query).get() ?? {})[0] ?? 0))
}

function reading<T>(data: string, read: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(join(data, 'latchkey.db'), { readOnly: true, timeout: 5_000 })
  try {
    return read(db)
  } finally {
    db.close()
  }
}
