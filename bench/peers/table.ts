import { type Measured, median, type Result } from './result.ts'

const FASTER: readonly (readonly [name: string, times: number])[] = [
  ['Glewlwyd', 30],
  ['LemonLDAP::NG', 30],
  ['better-auth', 50],
  ['privacyIDEA', 30],
]
const LEAST_OF_ECHO = 0.35
const MOST_P99_MS = 20
const MOST_SLOWER = 0.1
const MOST_BYTES = 1_000

/** The run as one table in Markdown, the limits under it, what is asked of the figures, and what was not run. */
export function tableOf(result: Result): string {
  const sizes = [...new Set(result.measured.map(({ people }) => people))]
  const rows = sizes.flatMap((people) => rowsOf(result, people))
  const head = ['server', 'tokens', 'right codes/s', 'Latchkey ×', 'wrong codes/s', 'unknown people/s', 'p99 at half the rate', 'amiss']
  const limits = [
    ['`pgbench -N -M prepared`, 8 clients', '1,000,000 accounts', spread(result.limits.pgbench)],
    ['bare Argon2id at Latchkey’s cost', '', spread(result.limits.argon2id)],
  ].map((cells) => [...cells, '', '', '', '', ''])
  const table = [head, head.map((_, place) => (place === 0 ? '---' : '---:')), ...rows, ...limits].map(
    (cells) => `| ${cells.join(' | ')} |`,
  )
  const servers = result.servers.map(({ name, version, what }) => `- ${name}, ${version}: ${what}`)
  const notRun = result.notRun.map(({ name, why }) => `- Not run: ${name}: ${why}`)
  return [headOf(result), '', ...table, '', ...demandsOf(result), '', ...servers, ...notRun, ''].join('\n')
}

function headOf({ at, machine, load, quick }: Result): string {
  const where = `${machine.cores} cores (${machine.processor}), ${machine.memoryGiB} GiB, Linux ${machine.system}, Node ${machine.node}, PostgreSQL ${machine.postgres}`
  const how = `median (least–most) of ${load.rounds} alternating runs of ${load.seconds} s, \`wrk\` with ${load.connections} connections`
  return `${at.slice(0, 10)}${quick ? ', a quick run' : ''}; ${where}; ${how}.`
}

function rowsOf(result: Result, people: number): string[][] {
  const here = result.measured.filter((one) => one.people === people)
  const latchkey = here.find(({ name }) => name === 'Latchkey')
  return here.map((one) => {
    const rates = ratesOf(one)
    const times = latchkey === undefined || one === latchkey ? '' : round(median(latchkey.right.perSecond) / median(rates))
    const amiss = one.right.amiss + one.wrong.amiss + one.unknown.amiss + one.burst.amiss
    const paced = one.paced === null ? '' : `${one.paced.p99.toFixed(1)} ms at ${count(one.paced.rate)}/s`
    const others = one.right.perSecond.length === 0 ? ['', ''] : [spread(one.wrong.perSecond), spread(one.unknown.perSecond)]
    return [one.name, count(people), spread(rates), times, ...others, paced, String(amiss)]
  })
}

/** The echo judges nothing: whatever it is asked is the same. */
function ratesOf({ right, unknown }: Measured): number[] {
  return right.perSecond.length === 0 ? unknown.perSecond : right.perSecond
}

/** What is asked of Latchkey, and whether it holds here. */
function demandsOf(result: Result): string[] {
  const largest = Math.max(...result.measured.map(({ people }) => people))
  const at = (name: string, people = largest) => result.measured.find((one) => one.people === people && one.name.startsWith(name))
  const latchkey = at('Latchkey')
  if (latchkey === undefined) return []
  const mine = median(latchkey.right.perSecond)
  const echo = at('bare node:http')
  const ofEcho =
    echo === undefined ? [] : [demand('Latchkey / bare `node:http` echo', mine / median(ratesOf(echo)), LEAST_OF_ECHO, 'least')]
  const faster = FASTER.flatMap(([name, times]) =>
    result.measured
      .filter((one) => one.people === largest && one.name.startsWith(name))
      .map((one) => demand(`Latchkey / ${one.name}`, mine / median(one.right.perSecond), times, 'least')),
  )
  return [...ofEcho, ...faster, ...onPostgres(result, largest), ...ofSizes(result, largest), ...ofLatchkeys(result, largest)]
}

function onPostgres(result: Result, people: number): string[] {
  return result.measured
    .filter((one) => one.people === people && one.name.startsWith('Latchkey on PostgreSQL'))
    .map((one) => demand(`${one.name} / \`pgbench\``, median(one.right.perSecond) / median(result.limits.pgbench), 1, 'least'))
}

function ofSizes(result: Result, largest: number): string[] {
  const smallest = Math.min(...result.measured.map(({ people }) => people))
  if (smallest === largest) return []
  const burst = (name: string, people: number): number =>
    median(result.measured.find((one) => one.people === people && one.name === name)?.burst.perSecond ?? [])
  return result.measured
    .filter(({ name, people }) => people === largest && name.startsWith('Latchkey') && burst(name, smallest) > 0)
    .map(({ name }) => {
      const what = `${name}: slower with ${count(largest)} tokens than with ${count(smallest)}, bursts of 1,000`
      return demand(what, 1 - burst(name, largest) / burst(name, smallest), MOST_SLOWER, 'most')
    })
}

function ofLatchkeys(result: Result, people: number): string[] {
  const here = result.measured.filter((one) => one.people === people && one.name.startsWith('Latchkey'))
  const p99 = here.flatMap(({ name, paced }) =>
    paced === null ? [] : [demand(`${name}: p99 at half the rate, ms`, paced.p99, MOST_P99_MS, 'most')],
  )
  const bytes = here
    .filter(({ name }) => !name.endsWith('instances'))
    .flatMap(({ name, bytes }) =>
      bytes === null
        ? []
        : [demand(`${name}: bytes on disk a token, password and audit log not counted`, bytes / people, MOST_BYTES, 'most')],
    )
  return [...p99, ...bytes]
}

function demand(what: string, figure: number, limit: number, is: 'least' | 'most'): string {
  const holds = is === 'least' ? figure >= limit : figure <= limit
  return `- ${holds ? '✓' : '✗'} ${what}: ${round(figure)} (at ${is} ${limit})`
}

function spread(values: readonly number[]): string {
  if (values.length === 0) return ''
  return `${count(median(values))} (${count(Math.min(...values))}–${count(Math.max(...values))})`
}

function count(value: number): string {
  return value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString('en')
}

function round(value: number): string {
  return value < 10 ? value.toFixed(2) : Math.round(value).toLocaleString('en')
}
