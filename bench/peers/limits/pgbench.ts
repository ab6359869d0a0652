import { join } from 'node:path'
import { filled, type Postgres } from '../postgres.ts'
import { run } from '../processes.ts'

const CLIENTS = 8
const DATABASE = 'pgbench'
/** Accounts are 100,000 times this. */
const SCALE = 10

/** Fills what `pgbench` asks: a million accounts. */
export async function preparePgbench(postgres: Postgres): Promise<void> {
  await filled(postgres, DATABASE, async () => {
    await run(join(postgres.bin, 'pgbench'), ['-i', '-q', '-s', String(SCALE), ...whereOf(postgres)])
  })
}

/** Transactions a second of `pgbench -N -M prepared` with eight clients over TCP: an UPDATE, a SELECT and an INSERT each, durable. */
export async function pgbenchFor(postgres: Postgres, seconds: number): Promise<number> {
  const how = ['-N', '-n', '-M', 'prepared', '-c', String(CLIENTS), '-j', '2', '-T', String(Math.max(1, Math.round(seconds)))]
  const said = await run(join(postgres.bin, 'pgbench'), [...how, ...whereOf(postgres)])
  return Number(/^tps = (?<tps>[\d.]+)/m.exec(said)?.groups?.['tps'])
}

function whereOf({ port }: Postgres): string[] {
  return ['-h', '127.0.0.1', '-p', String(port), '-U', 'bench', DATABASE]
}
