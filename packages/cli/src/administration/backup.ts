import type { Config } from '@latchkey/server/config'
import { backup } from '@latchkey/server/operate/backup'
import { type Ended, markRestored } from '@latchkey/server/operate/mark-restored'
import { keysFit, type Restored, restore } from '@latchkey/server/operate/restore'
import { replaceSigningKeys } from '@latchkey/server/signing-keys/replace-signing-keys'
import type { Command } from 'commander'
import { type Answer, type RefusedAnswer, refuse } from './answer.ts'
import { administrative } from './command.ts'
import { COMMAND_LINE, type Options, runOnData, runWithSettings } from './run.ts'
import { versionOf } from './version.ts'

/** `latchkey backup FILE`. */
export function backupCommand(): Command {
  return administrative('backup', 'copy the embedded database into one file, also while the server runs; the keys are not in it')
    .argument('<file>', 'where to')
    .action((file: string, options: Options) => runWithSettings(options, (config) => makeBackup(config, file)))
}

async function makeBackup(config: Config, file: string): Promise<Answer> {
  process.umask(0o077)
  const made = await backup(config, file, versionOf(), Date.now())
  switch (made.outcome) {
    case 'made': {
      const lines = [
        `${file}: ${made.bytes} bytes.`,
        'The keys are not in it. Keep a copy of the key file somewhere else than the backups (docs/operate/backup.md).',
      ]
      return { ok: true, json: { file, bytes: made.bytes, at: new Date(made.at).toISOString() }, lines }
    }
    case 'postgres':
      return { ...refuse('postgres', `PostgreSQL has its own tools. Run: ${made.command}`), json: { command: made.command } }
    case 'no-database':
      return refuse('no-database', `There is no database in ${config.data} yet.`)
    case 'not-a-backup':
      return refuse('not-a-backup', `${file} is there and is no backup: it is not overwritten. Choose another name.`)
    case 'damaged':
      return refuse('damaged', 'The copy does not hold together. Look at the disk, and keep older backups.')
  }
}

/** `latchkey restore FILE`. */
export function restoreCommand(): Command {
  return administrative('restore', 'put a backup into the place of the database; the server must not run')
    .argument('[file]', 'a backup')
    .option('--force', 'there is a database already: move it aside')
    .option('--database-restored', 'after pg_restore, instead of a file: make the database safe to go on with')
    .action((file: string | undefined, options: Options & { force?: boolean; databaseRestored?: boolean }) => {
      if (options.databaseRestored === true) {
        return runOnData(options, async (context) => {
          if (!(await keysFit(context.config, context.db))) return say({ outcome: 'wrong-keys' })
          const ended = await markRestored(context, COMMAND_LINE)
          // A server that runs already takes them up; one that starts would make some.
          await replaceSigningKeys(context, COMMAND_LINE)
          return say({ outcome: 'restored', madeAt: 0, ended, aside: undefined })
        })
      }
      return runWithSettings(options, async (config) => {
        if (file === undefined) return refuse('file', 'Name the backup: latchkey restore FILE')
        process.umask(0o077)
        return say(await restore(config, COMMAND_LINE, file, { force: options.force === true, at: Date.now() }))
      })
    })
}

const REFUSALS: Readonly<Record<Exclude<Restored['outcome'], 'restored'>, string>> = {
  'in-use': 'A server or another command works on this data folder. Stop it first.',
  'not-a-backup': 'This file is no backup of Latchkey.',
  damaged: 'This backup is damaged. Nothing was changed. Take another one.',
  'database-there': 'There is a database already. With --force it is moved aside.',
  'wrong-keys': 'The keys here are not those of this backup. Put the key file of that time into its place first.',
  postgres: 'PostgreSQL has its own tools. Run pg_restore, then: latchkey restore --database-restored',
}

function say(restored: Restored): Answer | RefusedAnswer {
  if (restored.outcome !== 'restored') return refuse(restored.outcome, REFUSALS[restored.outcome])
  const { madeAt, ended, aside } = restored
  const json = {
    restored: true,
    ...(madeAt > 0 ? { madeAt: new Date(madeAt).toISOString() } : {}),
    ended,
    ...(aside === undefined ? {} : { aside }),
  }
  return { ok: true, json, lines: linesOf(ended, aside) }
}

function linesOf({ sessions, links, activations, messages }: Ended, aside: string | undefined): string[] {
  return [
    'Restored.',
    ...(aside === undefined ? [] : [`The database that was there is now ${aside}.`]),
    `Ended: ${sessions} sessions, ${links} links, ${activations} activations; ${messages} messages that waited were dropped.`,
    'Security codes work again in two minutes; those of before are refused.',
    'What happened since the backup is not known here any more: recovery codes that were used, tokens that were unlocked, deleted or suspended, people who',
    'were suspended or removed, passwords that were changed, API keys that were revoked, applications and their secrets are as they were. Look at the newest audit checkpoint, and do again what must hold.',
  ]
}
