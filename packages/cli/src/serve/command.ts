import type { Config } from '@latchkey/server/config'
import { openLog } from '@latchkey/server/observe/log'
import { Command } from 'commander'
import { refusalOf, settingsOf } from '../administration/run.ts'
import { labelled, printLines, sayError, standingOut } from '../terminal/output.ts'
import { untilSignal } from './until-signal.ts'

/** `latchkey serve` (journeys, G). */
export function serveCommand(): Command {
  return new Command('serve')
    .description('run the server: sign-in, soft token app and portal; with no settings at all, on localhost with an embedded database')
    .option('--config <file>', 'settings, JSON with comments; each is an environment variable as well')
    .action(serve)
}

async function serve(options: { config?: string }): Promise<void> {
  // What is made on first use is for its owner alone.
  process.umask(0o077)
  const signal = untilSignal()
  // From the first moment: while it starts there is nothing to read again.
  let readKeysAgain: () => void = () => undefined
  process.on('SIGHUP', () => readKeysAgain())
  try {
    const config = settingsOf(options)
    const log = openLog(config.log.level)
    const { start } = await withoutNotices(() => import('./start.ts'))
    const { context, health, firstAdminLink, stop } = await start(config, log)
    readKeysAgain = () => {
      try {
        context.keys.reload()
        log.info('the keys were read again')
      } catch (error) {
        // Those that are open go on.
        log.error({ err: error }, 'the keys could not be read again')
      }
    }
    printLines(linesOf(config, health, firstAdminLink))
    log.info({ signal: await signal }, 'stopping')
    await stop()
    log.info('stopped')
  } catch (error) {
    const refusal = refusalOf(error)
    if (refusal === undefined) throw error
    sayError(refusal.line)
    process.exitCode = 1
  }
}

function linesOf(config: Config, health: string, firstAdminLink: string | undefined): string[] {
  const { login, token, portal, data, databaseUrl, smtp, outboxFolder } = config
  return [
    'Latchkey is ready.',
    labelled('Sign in', login.url),
    labelled('Soft token', token.url),
    labelled('Portal', portal.enabled ? portal.url : 'not started here'),
    labelled('Health', health),
    labelled('Data', `${data}, ${databaseUrl === undefined ? 'database embedded' : 'database on PostgreSQL'}`),
    labelled('Mail', smtp.url === undefined ? `files in ${outboxFolder}` : `by ${new URL(smtp.url).hostname}`),
    ...(firstAdminLink === undefined
      ? []
      : ['', 'There is nobody yet. This page makes the first administrator, once, within 24 hours:', standingOut(firstAdminLink)]),
  ]
}

/** One library says of every runtime that is not yet called long-term that it is unsupported; this one is pinned, and tested. */
async function withoutNotices<T>(load: () => Promise<T>): Promise<T> {
  const { warn } = console
  console.warn = (...words: unknown[]) => {
    if (!String(words[0]).includes('Unsupported runtime')) warn(...words)
  }
  try {
    return await load()
  } finally {
    console.warn = warn
  }
}
