import { type Moved, migrateDatabase, type OnMoved } from '@latchkey/server/operate/migrate-database'
import type { Command } from 'commander'
import { type Answer, refuse } from './answer.ts'
import { administrative } from './command.ts'
import { type Options, runWithSettings } from './run.ts'

/** `latchkey migrate-database`. */
export function migrateDatabaseCommand(): Command {
  return administrative(
    'migrate-database',
    'move everything from the embedded database to the PostgreSQL of LATCHKEY_DATABASE_URL; no server must run',
  ).action((options: Options) =>
    runWithSettings(options, async (config) => {
      process.umask(0o077)
      return say(await migrateDatabase(config, Date.now(), options.json === true ? undefined : showProgress()))
    }),
  )
}

const REFUSALS: Readonly<Record<Exclude<Moved['outcome'], 'moved' | 'differs'>, string>> = {
  'no-target': 'Set LATCHKEY_DATABASE_URL to an empty PostgreSQL database: postgres://user:password@host/database',
  'no-database': 'There is no embedded database here. If it was moved before, start the server with LATCHKEY_DATABASE_URL.',
  'in-use': 'A server, or another command, works on the data. Stop it first.',
  'not-empty': 'The PostgreSQL database is not empty, and what is in it is not from here. Make an empty one.',
}

function say(moved: Moved): Answer {
  switch (moved.outcome) {
    case 'moved':
      return {
        ok: true,
        json: { rows: moved.rows, aside: moved.aside },
        lines: [
          `${moved.rows} rows are in PostgreSQL, each compared.`,
          `The embedded database is kept as ${moved.aside}. From now on start every server with LATCHKEY_DATABASE_URL, and with the same keys.`,
        ],
      }
    case 'differs':
      return refuse(
        'differs',
        `A row of ${moved.table} is not in PostgreSQL as it is here. Nothing was put aside. Make an empty database there, and run this again.`,
      )
    default:
      return refuse(moved.outcome, REFUSALS[moved.outcome])
  }
}

/** One line that is written over, where somebody looks at it. */
function showProgress(): OnMoved | undefined {
  if (!process.stderr.isTTY) return undefined
  return (table, rows, of) => void process.stderr.write(`\r\u001b[K${table}: ${rows} of ${of}${rows >= of ? '\n' : ''}`)
}
