import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { openClient } from '../../packages/server/test/postgres-client.ts'
import { openWhere } from './ask.ts'
import { openMovingAddress } from './moving-address.ts'
import { canMakeNetworks, makeNetwork, type Network, NO_NETWORKS } from './network.ts'
import { makePostgres, type PostgresServer } from './postgres-server.ts'
import { report } from './report.ts'
import { LONG, SEED } from './seed.ts'
import { openStage, type Stage } from './stage.ts'
import { untilAnswered, untilReady } from './until-ready.ts'

const PARTITIONS = Number(process.env['LATCHKEY_PARTITIONS'] ?? (LONG ? 40 : 2))
const PEOPLE = LONG ? 4_000 : 400
/** Clients wait no longer: what was on its way is done later, or never, and nobody knows. */
const CLIENT_WAITS_MS = 1_500
/** As long as a statement may take, and a little more. */
const HELD_FOR_MS = 20_000
const networks = LONG && canMakeNetworks()
if (LONG && !networks) process.stderr.write(`${NO_NETWORKS}\n`)

type Cable = { cut: () => void; heal: () => void }

/** Two servers on one PostgreSQL, the first by an address that can swallow everything. */
async function openCable() {
  const postgres = await makePostgres()
  await postgres.start()
  const cable = await openMovingAddress(postgres.port)
  const stage = await openStage({
    people: PEOPLE,
    instances: [{ environment: { LATCHKEY_DATABASE_URL: postgres.url(cable.port) } }, {}],
    databaseUrl: postgres.url(),
    where: ({ port }, _, apiKey) => openWhere(port, apiKey, { timeoutMs: CLIENT_WAITS_MS }),
  })
  return { postgres, cable, stage }
}

test(
  'one of two servers is cut off from PostgreSQL, again and again, under load: no step is accepted twice, nothing acknowledged is lost',
  async () => {
    const { postgres, cable, stage } = await openCable()
    try {
      await partition(
        stage,
        { cut: cable.hole, heal: cable.heal },
        'partitions, by an address that swallows everything',
        async () => undefined,
      )
    } finally {
      await stage.close()
      await cable.close()
      await postgres.remove()
    }
  },
  120_000 + PARTITIONS * 60_000,
)

if (LONG)
  test('what a server that is cut off holds, the other one gets within seconds', async () => {
    const { postgres, cable, stage } = await openCable()
    try {
      await Promise.all(stage.instances.map((instance) => instance.start()))
      const load = stage.startLoad(32)
      await untilHeld(postgres, cable)
      await pause(HELD_FOR_MS)
      expect(await held(postgres)).toBe(0)
      cable.heal()
      await Promise.all(stage.instances.map(untilReady))
      await load.stop()
      expect((await stage.check()).violations).toEqual([])
    } finally {
      await stage.close()
      await cable.close()
      await postgres.remove()
    }
  })

/** Cuts the cable at a moment at which there is a transaction that has begun. */
async function untilHeld(postgres: PostgresServer, cable: { hole: () => void; heal: () => void }): Promise<void> {
  for (let times = 0; times < 50; times += 1) {
    await pause(200)
    cable.hole()
    await pause(1_500)
    if ((await held(postgres)) > 0) return
    cable.heal()
  }
  throw new Error('no transaction was met')
}

/** Transactions in which nothing was said for more than a second. */
async function held(postgres: PostgresServer): Promise<number> {
  const rows = await postgres.query(
    `select pid from pg_stat_activity where state like 'idle in transaction%' and state_change < now() - interval '1 second'`,
  )
  return rows.length
}

if (LONG)
  describe.skipIf(!networks)('with the cable pulled between two network namespaces', () => {
    test(
      'nothing is accepted twice or lost, whether or not PostgreSQL starts anew meanwhile',
      () =>
        withNetwork((stage, network, postgres) => partition(stage, network, 'partitions, by network namespaces', () => restart(postgres))),
      120_000 + PARTITIONS * 60_000,
    )

    test('a server all of whose statements were under way when the machine of its database vanished goes on once it is back', () =>
      withNetwork(async (stage, network, postgres) => {
        await Promise.all(stage.instances.map((instance) => instance.start()))
        const load = stage.startLoad(32)
        await untilAnswered(stage.history, 50, ['accepted', 'refused'])
        const lock = await openClient(postgres.url())
        await lock.query('begin')
        await lock.query('lock table code_guards in access exclusive mode')
        await pause(1_000)
        network.cut()
        await restart(postgres)
        network.forget()
        network.heal()
        await Promise.all(stage.instances.map(untilReady))
        await load.stop()
        expect((await stage.check()).violations).toEqual([])
      }))
  })

/** What was connected through the cable never hears that it is not any more. */
async function restart(postgres: PostgresServer): Promise<void> {
  await postgres.end('immediate')
  await postgres.start()
}

/** One server at the end of the cable, and one beside the database. */
async function withNetwork(run: (stage: Stage, network: Network, postgres: PostgresServer) => Promise<void>): Promise<void> {
  const network = makeNetwork()
  const postgres = await makePostgres({}, `127.0.0.1,${network.database}`)
  appendFileSync(join(postgres.folder, 'pg_hba.conf'), 'host all all 10.213.0.0/16 trust\n')
  await postgres.start()
  const remote = `postgres://latchkey@${network.database}:${postgres.port}/postgres`
  const stage = await openStage({
    people: PEOPLE,
    instances: [{ under: network.under, host: network.server, environment: { LATCHKEY_DATABASE_URL: remote } }, {}],
    databaseUrl: postgres.url(),
    where: ({ port }, index, apiKey) =>
      openWhere(port, apiKey, { host: index === 0 ? network.server : '127.0.0.1', timeoutMs: CLIENT_WAITS_MS }),
  })
  try {
    await run(stage, network, postgres)
  } finally {
    await stage.close()
    await postgres.remove()
    network.close()
  }
}

async function partition(stage: Stage, cable: Cable, name: string, meanwhile: () => Promise<void>): Promise<void> {
  const { instances, history, draw, changes } = stage
  await Promise.all(instances.map((instance) => instance.start()))
  changes.start()
  const load = stage.startLoad(32)
  for (let times = 0; times < PARTITIONS; times += 1) {
    await untilAnswered(history, 100, ['accepted', 'refused'])
    await pause(draw() * 300)
    cable.cut()
    // Now and then longer than a statement may take.
    await pause(!LONG || draw() < 0.9 ? 500 + draw() * 4_000 : 20_000)
    if (draw() < 0.3) await meanwhile()
    cable.heal()
    await Promise.all(instances.map(untilReady))
  }
  await untilAnswered(history, 100, ['accepted', 'refused'])
  await load.stop()
  const { violations, numbers } = await stage.check()
  report(name, { seed: SEED, partitions: PARTITIONS, ...numbers, violations: violations.length })
  expect(violations).toEqual([])
  expect(numbers.accepted).toBeGreaterThan(PARTITIONS)
  expect(numbers.unknown).toBeGreaterThan(PARTITIONS)
}
