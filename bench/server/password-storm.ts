import { Agent, request } from 'node:http'

const AT_ONCE = 1_000
/** As many as have a share of the lanes. */
const SOURCES = 64

// Sends a thousand wrong passwords at once, from many addresses, when it is told to; says how they were answered.
const port = Number(process.env['LATCHKEY_LOGIN_PORT'])
const origin = process.env['STORM_ORIGIN'] ?? ''
const agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY })

process.on('message', () => {
  Promise.all(Array.from({ length: AT_ONCE }, (_, n) => tryPassword(n))).then((statuses) => process.send?.(countsOf(statuses)))
})
process.on('disconnect', () => process.exit())
process.send?.({ ready: true })

function tryPassword(n: number): Promise<number> {
  const body = `name=stranger${n}&password=wrong-whoever-it-is`
  const headers = { origin, 'content-type': 'application/x-www-form-urlencoded', 'content-length': String(body.length) }
  const from = { agent, host: '127.0.0.1', localAddress: `127.0.0.${2 + (n % SOURCES)}` }
  return new Promise((resolve, reject) => {
    const asked = request({ ...from, port, method: 'POST', path: '/self-administration', headers }, (answered) => {
      answered.resume().on('end', () => resolve(answered.statusCode ?? 0))
    })
    asked.on('error', reject).end(body)
  })
}

function countsOf(statuses: readonly number[]): { sent: number; judged: number; refused: number } {
  const of = (status: number): number => statuses.filter((one) => one === status).length
  return { sent: statuses.length, judged: of(303), refused: of(503) }
}
