import { spawnSync } from 'node:child_process'
import { chownSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { openClient } from '../../packages/server/test/postgres-client.ts'
import { makeFolder, openPostgresServer, type PostgresServer } from './postgres-server.ts'

const FOLLOWS_WITHIN_MS = 60_000

/** A streaming replica of a running server, from a base backup (PostgreSQL's manual, 25.3.4); started, and taking connections. */
export async function followOf(primary: PostgresServer): Promise<PostgresServer> {
  const folder = makeFolder()
  await copyWhileRunning(primary, folder)
  const source = `host=127.0.0.1 port=${primary.port} user=latchkey application_name=replica`
  const replica = await openPostgresServer(folder, { listen_addresses: '127.0.0.1', primary_conninfo: source })
  await replica.start()
  return replica
}

/** From now on the primary acknowledges nothing that its replica has not on disk. */
export async function makeSynchronous(primary: PostgresServer): Promise<void> {
  await primary.query(`alter system set synchronous_standby_names = '*'`)
  await primary.query('select pg_reload_conf()')
  const until = performance.now() + FOLLOWS_WITHIN_MS
  while (performance.now() < until) {
    const rows = await primary.query(`select 1 from pg_stat_replication where state = 'streaming' and sync_state = 'sync'`)
    if (rows.length > 0) return
    await pause(50)
  }
  throw new Error('the replica does not follow')
}

export async function promote(replica: PostgresServer): Promise<void> {
  await replica.query('select pg_promote(true, 60)')
}

async function copyWhileRunning(primary: PostgresServer, folder: string): Promise<void> {
  const client = await openClient(primary.url())
  try {
    await client.query(`select pg_backup_start('replica', true)`)
    // Files come and go meanwhile; the log that is replayed knows of them.
    spawnSync('cp', ['-a', `${primary.folder}/.`, folder])
    const [stopped] = await client.query('select labelfile from pg_backup_stop()')
    for (const name of ['postmaster.pid', 'postmaster.opts']) rmSync(join(folder, name), { force: true })
    write(folder, 'backup_label', String(stopped?.['labelfile']))
    write(folder, 'standby.signal', '')
    // Once it is the primary, the copy waits for no replica until it has one.
    write(folder, 'postgresql.auto.conf', '')
  } finally {
    await client.end()
  }
}

function write(folder: string, name: string, text: string): void {
  const { uid, gid } = statSync(folder)
  writeFileSync(join(folder, name), text)
  chownSync(join(folder, name), uid, gid)
}
