import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { sql } from 'kysely'
import { chainState } from '../audit/chain-state.ts'
import type { Config } from '../config.ts'
import type { Context } from '../context.ts'
import { servers } from '../keys/announce.ts'
import { checkClock } from '../observe/check-clock.ts'
import { backlog } from '../outbox/backlog.ts'
import { openMail } from '../outbox/open-mail.ts'

/** One thing that was looked at. `text`: what was found; `todo`: what to do about it. */
export type Finding = { check: string; state: 'ok' | 'warning' | 'bad'; text: string; todo?: string }

const ok = (check: string, text: string): Finding => ({ check, state: 'ok', text })
const warning = (check: string, text: string, todo: string): Finding => ({ check, state: 'warning', text, todo })
const bad = (check: string, text: string, todo: string): Finding => ({ check, state: 'bad', text, todo })

/** Looks at everything that the settings lead to, short of the data: folder, addresses, mail. */
export async function examineSettings(config: Config): Promise<Finding[]> {
  return [examineFolder(config.data), ...examineAddresses(config), await examineMail(config)]
}

/** Looks at the data that is open: durability, clock, outbox, audit log, and the ports of a server that runs or is to run. */
export async function examineData(ctx: Context): Promise<Finding[]> {
  const running = (await servers(ctx)).length
  const ports = await Promise.all(portsOf(ctx.config).map(([name, host, port]) => examinePort(name, host, port, running > 0)))
  return [await examineDurability(ctx), await examineClock(ctx), await examineOutbox(ctx), await examineAudit(ctx, running), ...ports]
}

const LITTLE = 1024 ** 3
const TOO_LITTLE = 100 * 1024 ** 2

function examineFolder(folder: string): Finding {
  const check = 'data folder'
  if (!existsSync(folder))
    return warning(check, `${folder} is not there yet`, 'Nothing, if this is a first start: latchkey serve makes it.')
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch {
    return bad(check, `${folder} cannot be written`, 'Give it to the user that the server runs as.')
  }
  const { bavail, bsize } = statfsSync(folder)
  const free = bavail * bsize
  if (free < TOO_LITTLE)
    return bad(check, `less than 100 MiB are free on the disk of ${folder}`, 'Make room: what cannot be written is refused.')
  if (process.platform !== 'win32' && (statSync(folder).mode & 0o077) !== 0)
    return warning(check, `${folder} may be entered by others`, `Run: chmod 700 ${folder}`)
  if (free < LITTLE) return warning(check, `less than 1 GiB is free on the disk of ${folder}`, 'Make room soon.')
  return ok(check, `${folder}, ${Math.round(free / LITTLE)} GiB free`)
}

function examineAddresses({ login, token, portal }: Config): Finding[] {
  const check = 'addresses'
  const urls = [login.url, token.url, ...(portal.enabled ? [portal.url] : [])]
  const open = urls.filter((url) => url.startsWith('http:') && !isLocal(url))
  if (open.length > 0)
    return [
      bad(check, `${open.join(', ')} is without encryption`, 'Put it behind TLS and set its URL to https://… (docs/operate/install.md).'),
    ]
  if (new Set(urls).size < urls.length)
    return [bad(check, 'two of login, token and portal have the same URL', 'Give each an origin of its own (docs/operate/install.md).')]
  const local = urls.filter(isLocal).length
  if (local > 0 && local < urls.length)
    return [
      warning(
        check,
        'some URLs are on this machine and others are not',
        'Set LATCHKEY_LOGIN_URL, LATCHKEY_TOKEN_URL and LATCHKEY_PORTAL_URL.',
      ),
    ]
  if (local === 0 && new Set(urls.map((url) => new URL(url).hostname)).size < urls.length)
    return [warning(check, 'origins share a host name, and cookies know no ports', 'Give each a host name of its own.')]
  return [ok(check, urls.join(', '))]
}

function isLocal(url: string): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname)
}

async function examineMail(config: Config): Promise<Finding> {
  const way = openMail(config)
  try {
    await way.check()
    if (config.smtp.url === undefined)
      return warning('mail', `mail becomes files in ${config.outboxFolder}`, 'Set LATCHKEY_SMTP_URL (docs/operate/mail.md).')
    return ok('mail', `the server ${new URL(config.smtp.url).hostname} takes mail`)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'no reason given'
    return bad('mail', `mail cannot be handed over (${code})`, 'Look at LATCHKEY_SMTP_URL, or at the rights of the outbox folder.')
  } finally {
    way.close()
  }
}

async function examineDurability({ db }: Context): Promise<Finding> {
  const check = 'durability'
  // The embedded database refuses to open where it cannot keep what it promises.
  if (db.engine === 'sqlite') return ok(check, 'a log that is synced with every commit')
  const { rows } = await sql<{ name: string; setting: string }>`
    select name, setting from pg_settings where name in ('fsync', 'full_page_writes', 'synchronous_commit')`.execute(db.read)
  const off = rows.filter(({ setting }) => setting === 'off').map(({ name }) => name)
  if (off.length > 0)
    return bad(check, `PostgreSQL runs with ${off.join(', ')} off`, 'Set it on: a code that was used may come back after a power cut.')
  return ok(check, 'PostgreSQL syncs with every commit')
}

async function examineClock(ctx: Context): Promise<Finding> {
  const clock = await checkClock(ctx)
  if (clock.ok) return ok('clock', new Date(ctx.now()).toISOString())
  const minutes = Math.round(Math.abs(clock.offBy) / 60_000)
  const against = clock.against === 'database' ? 'the database server’s' : 'the newest event of the audit log'
  return bad(
    'clock',
    `this clock is ${minutes} minutes ${clock.offBy > 0 ? 'ahead of' : 'behind'} ${against}`,
    'Set the clock (NTP): codes fail while it is off.',
  )
}

const LONG_MS = 3_600_000

async function examineOutbox(ctx: Context): Promise<Finding> {
  const check = 'outbox'
  const { waiting, oldest, failed } = await backlog(ctx)
  if (oldest !== undefined && oldest < ctx.now() - LONG_MS)
    return warning(
      check,
      `${waiting} messages wait, one for more than an hour`,
      'Is the server running? Look at its log and at the mail server.',
    )
  if (failed > 0) return warning(check, `${failed} messages were given up in the last week`, 'Look for "given up" in the log.')
  return ok(check, `${waiting} messages wait`)
}

const UNSEALED_MS = 60_000

async function examineAudit(ctx: Context, running: number): Promise<Finding> {
  const check = 'audit log'
  const { block, unsealed, oldestUnsealed } = await chainState(ctx)
  const late = oldestUnsealed !== undefined && oldestUnsealed < ctx.now() - UNSEALED_MS
  if (late && running > 0) return bad(check, `${unsealed} events are not sealed, though a server runs`, 'Look at its log.')
  if (late) return warning(check, `${unsealed} events are not sealed yet`, 'Start the server: it seals them.')
  return ok(check, `${block} blocks; to verify them: latchkey audit verify`)
}

function portsOf({ login, token, portal, health }: Config): [string, string, number][] {
  return [
    ['login', login.host, login.port],
    ['token', token.host, token.port],
    ...(portal.enabled ? [['portal', portal.host, portal.port] satisfies [string, string, number]] : []),
    ['health', '127.0.0.1', health.port],
  ]
}

async function examinePort(name: string, host: string, port: number, running: boolean): Promise<Finding> {
  const check = `${name} port`
  const failure = await new Promise<string | undefined>((resolve) => {
    const probe = createServer().once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'))
    probe.listen(port, host, () => probe.close(() => resolve(undefined)))
  })
  if (failure === undefined && running)
    return warning(check, `${port} is free, though a server runs on this database`, 'It may run elsewhere, or with other settings.')
  if (failure === undefined) return ok(check, `${port} is free`)
  if (failure === 'EADDRINUSE' && running) return ok(check, `${port} is in use, and a server runs`)
  return bad(check, `${port} cannot be had (${failure})`, `Stop what uses it, or set LATCHKEY_${name.toUpperCase()}_PORT.`)
}
