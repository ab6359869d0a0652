import { type Config, ConfigRefused, readConfig } from '@latchkey/server/config'
import type { Caller, Context } from '@latchkey/server/context'
import { DatabaseNewer } from '@latchkey/server/db/migrate'
import { CannotListen } from '@latchkey/server/http/listen'
import { announce, nameOfCommand, withdraw } from '@latchkey/server/keys/announce'
import { KeysUnavailable } from '@latchkey/server/keys/load-keys'
import { openLog, openSilentLog } from '@latchkey/server/observe/log'
import { DataInUse, hasDatabase, openContext } from '@latchkey/server/operate/open-context'
import { NoRandomness } from '@latchkey/server/operate/require-randomness'
import { printJson, printLines, sayError } from '../terminal/output.ts'
import { type Answer, type RefusedAnswer, refuse } from './answer.ts'

/** Exit code of a refusal or a failure (journeys, G). */
const REFUSED = 1

export type Options = { json?: boolean; config?: string }

/** Whoever may run this command may do what it does: the data folder's rights are the guard. */
export const COMMAND_LINE: Caller = { door: 'command-line', request: '', address: undefined, browser: undefined, actor: undefined }

/**
 * Runs a command on the open data: also while a server runs on it. A rotation of the keys waits for it, as for a server; the rotation itself is
 * not to be waited for, and says so.
 */
export function runOnData(
  options: Options,
  command: (context: Context) => Promise<Answer>,
  { waitedFor }: { waitedFor: boolean } = { waitedFor: true },
): Promise<void> {
  // What is made on first use is for its owner alone.
  process.umask(0o077)
  return runWithSettings(options, async (config) => {
    const { context, close } = await openContext(config, logOfCommand())
    const name = nameOfCommand(context)
    try {
      // A command that only reads goes on where nothing can be written.
      if (waitedFor) await announce(context, name).catch(() => undefined)
      return await command(context)
    } finally {
      // One that is not withdrawn is forgotten in half a minute.
      if (waitedFor) await withdraw(context, name).catch(() => undefined)
      await close()
    }
  })
}

/** Runs a command that needs the settings alone, and tells how it ended: JSON or lines, a refusal as one line on standard error. */
export async function runWithSettings(options: Options, command: (config: Config) => Promise<Answer>): Promise<void> {
  const json = options.json === true
  try {
    tell(await command(settingsOf(options)), json)
  } catch (error) {
    const refusal = refusalOf(error)
    if (refusal === undefined) throw error
    tell(refusal, json)
  }
}

/** The settings: the environment over the file over the defaults. @throws ConfigRefused */
export function settingsOf({ config }: Options): Config {
  return readConfig(process.env, config ?? process.env.LATCHKEY_CONFIG)
}

function logOfCommand() {
  return process.env.LATCHKEY_DEBUG === '1' ? openLog('debug') : openSilentLog()
}

function tell(answer: Answer, json: boolean): void {
  if (answer.ok) {
    if (json) printJson(answer.json)
    else printLines(answer.lines)
    return
  }
  process.exitCode = REFUSED
  if (json) printJson({ error: answer.error, ...answer.json })
  else printLines(answer.lines ?? [])
  sayError(answer.line)
}

/** Failures that a person can mend, as refusals. */
export function refusalOf(error: unknown): RefusedAnswer | undefined {
  if (error instanceof ConfigRefused) return refuse('settings', error.message)
  if (error instanceof KeysUnavailable) return refuse('keys', error.message)
  if (error instanceof DatabaseNewer) return refuse('database-newer', error.message)
  if (error instanceof CannotListen) return refuse('port', error.message)
  if (error instanceof NoRandomness) return refuse('randomness', error.message)
  if (error instanceof DataInUse) return refuse('in-use', error.message)
  if (!(error instanceof Error)) return undefined
  if (TOO_LATE.test(error.message))
    return refuse('database', 'The database does not answer in time. Look at LATCHKEY_DATABASE_URL, and whether it runs.')
  if (!('code' in error || 'errcode' in error)) return undefined
  const code = 'code' in error ? String(error.code) : ''
  if (UNREACHABLE.has(code))
    return refuse('database', `The database cannot be reached (${code}). Look at LATCHKEY_DATABASE_URL, and whether it runs.`)
  if (code === 'EADDRINUSE')
    return refuse('port', `Cannot listen: ${error.message}. Is another server running? See LATCHKEY_LOGIN_PORT and the like.`)
  if (UNUSABLE.has(code)) return refuse('storage', `The data folder or a file in it cannot be used: ${error.message}.`)
  if (code === 'ERR_SQLITE_ERROR') return refuse('database', `The database cannot be used: ${error.message}.`)
  return undefined
}

/** No network, no such name, no right to enter; starting, stopping, or full (PostgreSQL, appendix A). */
const UNREACHABLE = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'],
  ...['28P01', '28000', '3D000', '53300', '57P01', '57P02', '57P03'],
])
/** What the client for PostgreSQL says of a server that does not answer; it has no code for that. */
const TOO_LATE = /^(?:timeout e|Connection terminated)/
const UNUSABLE = new Set(['EACCES', 'EPERM', 'ENOENT', 'EROFS', 'ENOSPC', 'EDQUOT', 'EISDIR', 'ENOTDIR', 'EIO'])

/** The open data, for whoever only looks: undefined where there is none, so that looking makes none. */
export async function openForExamination(options: Options) {
  const config = settingsOf(options)
  if (!(await hasDatabase(config))) return undefined
  return openContext(config, logOfCommand())
}
