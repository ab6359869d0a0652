import { median, type Result } from './result.ts'

const WIDTH = 960
const LEFT = 320
const TOP = 92
const ROW = 34
const BAR = 18
const LONGEST = 500

const STYLE = `
    .paper { fill: #f6f4ef } .ink { fill: #14202f } .quiet { fill: #586273 } .ours { fill: #a9772a } .theirs { fill: #8a93a3 }
    @media (prefers-color-scheme: dark) {
      .paper { fill: #0d131d } .ink { fill: #e9edf4 } .quiet { fill: #9aa6b8 } .ours { fill: #e2b662 } .theirs { fill: #5f6b80 }
    }
  `

/** Right codes a second of every server with the largest number of people, as bars from zero on one scale. */
export function pictureOf(result: Result): string {
  const people = Math.max(...result.measured.map((one) => one.people))
  const bars = result.measured
    .filter((one) => one.people === people && one.right.perSecond.length > 0)
    .map(({ name, right }) => ({ name, rate: median(right.perSecond) }))
    .sort((a, b) => b.rate - a.rate)
  const most = Math.max(...bars.map(({ rate }) => rate))
  const height = TOP + bars.length * ROW + 56
  const rows = bars.map(({ name, rate }, place) => barOf(name, rate, most, TOP + place * ROW))
  const title = `Security codes verified a second, ${people.toLocaleString('en')} tokens`
  const told = bars.map(({ name, rate }) => `${name}: ${shown(rate)}`).join('; ')
  const { cores, node, postgres } = result.machine
  const foot = `${cores} cores shared by server, database and load; median of ${result.load.rounds} alternating runs; Node ${node}, PostgreSQL ${postgres}; ${result.at.slice(0, 10)}`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="t d" font-family="Inter, system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif">
  <title id="t">${escaped(title)}</title>
  <desc id="d">${escaped(told)}.</desc>
  <style>${STYLE}</style>
  <rect class="paper" width="${WIDTH}" height="${height}" rx="12"/>
  <text class="ink" x="40" y="48" font-size="17" font-weight="600">${escaped(title)}</text>
  <text class="quiet" x="40" y="70" font-size="13">one machine, the same load, each at its settings for production</text>
${rows.join('\n')}
  <text class="quiet" x="40" y="${height - 24}" font-size="12">${escaped(foot)}</text>
</svg>
`
}

function barOf(name: string, rate: number, most: number, y: number): string {
  const length = Math.max(1, (rate / most) * LONGEST)
  const kind = name.startsWith('Latchkey') ? 'ours' : 'theirs'
  const middle = y + BAR / 2 + 5
  return [
    `  <text class="ink" x="${LEFT - 12}" y="${middle}" font-size="13" text-anchor="end">${escaped(name)}</text>`,
    `  <rect class="${kind}" x="${LEFT}" y="${y}" width="${length.toFixed(1)}" height="${BAR}" rx="2"/>`,
    `  <text class="quiet" x="${(LEFT + length + 8).toFixed(1)}" y="${middle}" font-size="13">${shown(rate)}</text>`,
  ].join('\n')
}

function shown(rate: number): string {
  return rate < 10 ? rate.toFixed(1) : Math.round(rate).toLocaleString('en')
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
