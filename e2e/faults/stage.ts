import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '@latchkey/server/config'
import { makePeople } from '../../bench/server/people.ts'
import { openWhere, type Where } from './ask.ts'
import { type Changes, openChanges } from './changes.ts'
import { checkHistory, type Violation } from './check-history.ts'
import type { History, Records } from './history.ts'
import { type How, type Instance, openInstance } from './instance.ts'
import { type Load, startLoad } from './load.ts'
import { readRecords } from './read-records.ts'
import { drawFrom, SEED } from './seed.ts'

/** Data with people in it, the servers on it, and everything that clients saw. */
export type Stage = {
  readonly data: string
  readonly instances: readonly Instance[]
  readonly history: History
  readonly changes: Changes
  readonly draw: () => number
  readonly startLoad: (atOnce: number) => Load
  /** Ends the servers as an administrator does, and holds the history against the database. */
  readonly check: () => Promise<Checked>
  readonly close: () => Promise<void>
}
type Checked = { violations: Violation[]; numbers: Numbers }
type Numbers = { requests: number; accepted: number; refused: number; unknown: number; changes: number; events: number }

export type Setting = {
  people: number
  /** One for each instance. */
  instances: readonly Partial<How>[]
  databaseUrl?: string
  /** Where the data folder is made. */
  folder?: string
  /** What servers and commands get besides, once there are people. */
  preload?: (data: string) => NodeJS.ProcessEnv
  /** How clients reach an instance, where that is not its port on this machine. */
  where?: (instance: Instance, index: number, apiKey: string) => Where
}

/** Of the people so many are suspended while the run lasts, at most. */
const LEAVING = 0.2

export async function openStage(setting: Setting): Promise<Stage> {
  const data = mkdtempSync(join(setting.folder ?? tmpdir(), 'latchkey-faults-'))
  const url = setting.databaseUrl
  const environment = { LATCHKEY_DATA: data, ...(url === undefined ? {} : { LATCHKEY_DATABASE_URL: url }) }
  const preloaded = { ...environment, ...setting.preload?.(data) }
  const { people, apiKey } = await makePeople(readConfig(environment), setting.people)
  const instances = await Promise.all(
    setting.instances.map((how) => openInstance({ ...how, environment: { ...preloaded, ...how.environment } })),
  )
  const history: History = { attempts: [], changes: [] }
  const draw = drawFrom(SEED)
  const leaving = people.slice(Math.floor(people.length * (1 - LEAVING))).map(({ name }) => name)
  const changes = openChanges(preloaded, leaving, history)
  const where = setting.where ?? ((instance: Instance, _: number, key: string) => openWhere(instance.port, key))
  const stop = async (): Promise<void> => {
    await changes.kill()
    await Promise.all(instances.map((instance) => instance.end('SIGTERM')))
  }
  return {
    data,
    instances,
    history,
    changes,
    draw,
    startLoad: (atOnce) => {
      const wheres = instances.map((instance, index) => where(instance, index, apiKey))
      // Faults have a draw of their own: how many requests there were in between changes nothing about them.
      return startLoad({ people, wheres, history, draw: drawFrom(SEED + 1), atOnce })
    },
    check: async () => {
      await stop()
      const records = await readRecords(environment, history)
      return { violations: checkHistory(history, records), numbers: count(history, records) }
    },
    close: async () => {
      await changes.kill()
      await Promise.all(instances.map((instance) => instance.end('SIGKILL')))
      rmSync(data, { recursive: true, force: true })
    },
  }
}

function count({ attempts, changes }: History, { validations }: Records): Numbers {
  const of = (wanted: string): number => attempts.filter(({ outcome }) => outcome === wanted).length
  return {
    requests: attempts.length,
    accepted: of('accepted'),
    refused: of('refused'),
    unknown: of('unknown'),
    changes: changes.filter(({ kind }) => kind !== 'checkpoint').length,
    events: validations.length,
  }
}
