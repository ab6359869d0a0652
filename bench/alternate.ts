/** What one side took, in milliseconds, over all rounds. */
export type Times = { median: number; least: number; most: number }

/** Times two sides alternately in one run, each first in half of the rounds: these machines are shared, so only ratios are worth anything. */
export async function alternate(
  rounds: number,
  one: () => unknown,
  other: () => unknown,
): Promise<{ one: Times; other: Times; ratio: number }> {
  const times: { one: number[]; other: number[]; ratios: number[] } = { one: [], other: [], ratios: [] }
  for (let round = 0; round < rounds; round += 1) {
    const first = round % 2 === 0
    const a = await timed(first ? one : other)
    const b = await timed(first ? other : one)
    const [mine, theirs] = first ? [a, b] : [b, a]
    times.one.push(mine)
    times.other.push(theirs)
    times.ratios.push(mine / theirs)
  }
  return { one: summaryOf(times.one), other: summaryOf(times.other), ratio: summaryOf(times.ratios).median }
}

/** What a side measured itself, in milliseconds, leaving out what it had to prepare. */
export class Took {
  readonly ms: number
  constructor(ms: number) {
    this.ms = ms
  }
}

async function timed(work: () => unknown): Promise<number> {
  const from = performance.now()
  const said = await work()
  return said instanceof Took ? said.ms : performance.now() - from
}

function summaryOf(values: readonly number[]): Times {
  const sorted = [...values].sort((a, b) => a - b)
  return { median: sorted[Math.floor(sorted.length / 2)] ?? 0, least: sorted[0] ?? 0, most: sorted.at(-1) ?? 0 }
}

/** `12.3 ms (11.0 to 15.2)` */
export function say({ median, least, most }: Times): string {
  return `${median.toFixed(1)} ms (${least.toFixed(1)} to ${most.toFixed(1)})`
}
