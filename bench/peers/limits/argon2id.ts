import { availableParallelism } from 'node:os'
import { readConfig } from '@latchkey/server/config'
import { hash } from '@node-rs/argon2'
import { PASSWORD } from '../../server/people.ts'

/** How many passwords a second this machine hashes at Latchkey's cost and does nothing else, as many at once as it has cores. */
export async function hashFor(seconds: number): Promise<number> {
  const { memoryKiB, passes } = readConfig({}).password
  const cost = { memoryCost: memoryKiB, timeCost: passes, parallelism: 1 }
  const from = performance.now()
  const until = from + seconds * 1000
  let hashed = 0
  const work = async (): Promise<void> => {
    while (performance.now() < until) {
      await hash(PASSWORD, cost)
      hashed += 1
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
  return hashed / ((performance.now() - from) / 1000)
}
