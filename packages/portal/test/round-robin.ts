import { createServer, request } from 'node:http'

/** A load balancer at `port` of localhost that gives each request to the next of the others. */
export function startRoundRobin(port: number, others: readonly number[]): Promise<{ close: () => Promise<void> }> {
  let given = 0
  const server = createServer((asked, answer) => {
    const { method, url: path, headers } = asked
    const next = others[given++ % others.length] ?? 0
    const passed = request({ host: '127.0.0.1', port: next, method, path, headers, agent: false }, (answered) => {
      answer.writeHead(answered.statusCode ?? 502, answered.rawHeaders)
      answered.pipe(answer)
    })
    passed.on('error', () => answer.destroy())
    asked.pipe(passed)
  })
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return new Promise((resolve) => server.listen(port, 'localhost', () => resolve({ close })))
}
