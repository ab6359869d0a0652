import autocannon from 'autocannon'

const CONNECTIONS = 64

export type Load = { url: string; headers: Readonly<Record<string, string>>; bodies: readonly string[] }
export type Loaded = { perSecond: number; p99: number; accepted: number; other: number }

/** Sends each body once, over 64 connections. */
export function load({ url, headers, bodies }: Load): Promise<Loaded> {
  let next = 0
  let accepted = 0
  let other = 0
  // The library counts in whole seconds.
  const from = performance.now()
  let until = from
  return new Promise((resolve, reject) => {
    const run = autocannon(
      {
        url,
        connections: CONNECTIONS,
        amount: bodies.length,
        requests: [
          {
            method: 'POST',
            headers: { 'content-type': 'application/json', ...headers },
            setupRequest: (request) => {
              const body = bodies[next]
              next += 1
              return { ...request, body: body ?? bodies.at(-1) ?? '' }
            },
            onResponse: (_status, body) => {
              if (body.includes('true')) accepted += 1
              else other += 1
              until = performance.now()
            },
          },
        ],
      },
      (error, result) => {
        if (error) reject(error)
        else
          resolve({
            perSecond: bodies.length / ((until - from) / 1000),
            p99: result.latency.p99,
            accepted,
            other,
          })
      },
    )
    run.on('error', reject)
  })
}
