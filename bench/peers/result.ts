import { z } from 'zod'

const Rates = z.object({
  /** Answers a second, one a round. */
  perSecond: z.array(z.number()),
  /** Milliseconds of the closed loop, one a round. */
  p99: z.array(z.number()),
  /** Answers that were not what they should be: refused right codes, accepted wrong ones, broken connections. */
  amiss: z.number(),
})
const Paced = z.object({ rate: z.number(), p50: z.number(), p99: z.number(), accepted: z.number(), answered: z.number() })

/** One server with so many people. */
const Measured = z.object({
  name: z.string(),
  people: z.number(),
  right: Rates,
  /** Right codes of a thousand people at once, whatever the number of people: what sizes are compared by. */
  burst: Rates,
  wrong: Rates,
  unknown: Rates,
  /** At half of its greatest rate, open loop; null where there were too few people for it. */
  paced: Paced.nullable(),
  bytes: z.number().nullable(),
})
export type Measured = z.infer<typeof Measured>

/** Everything that a run found. */
export const Result = z.object({
  at: z.string(),
  quick: z.boolean(),
  machine: z.object({
    cores: z.number(),
    processor: z.string(),
    memoryGiB: z.number(),
    system: z.string(),
    node: z.string(),
    postgres: z.string(),
  }),
  load: z.object({ rounds: z.number(), seconds: z.number(), connections: z.number() }),
  servers: z.array(z.object({ name: z.string(), version: z.string(), what: z.string() })),
  notRun: z.array(z.object({ name: z.string(), why: z.string() })),
  measured: z.array(Measured),
  limits: z.object({ argon2id: z.array(z.number()), pgbench: z.array(z.number()) }),
})
export type Result = z.infer<typeof Result>

/** The one in the middle; of an even number, between the two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2
}
