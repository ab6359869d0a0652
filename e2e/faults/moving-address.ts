import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/**
 * A TCP address in front of another, as an address that moves from one machine to the next is. `hole`: nothing gets through in either
 * direction, and nobody hears of it, as when a network is cut; what is connected meanwhile hears nothing, ever.
 */
export type MovingAddress = {
  readonly port: number
  /** Connections to the old place break; new ones lead to the new one, or are broken at once where there is none. */
  readonly lead: (port: number | undefined) => void
  readonly hole: () => void
  /** What was on its way when the network was cut comes through now. */
  readonly heal: () => void
  readonly close: () => Promise<void>
}

type Pair = readonly [Socket, Socket]

export async function openMovingAddress(first: number): Promise<MovingAddress> {
  let target: number | undefined = first
  let cut = false
  const pairs = new Set<Pair>()
  const server = createServer({ pauseOnConnect: true }, (inward) => {
    if (target === undefined) return void inward.resetAndDestroy()
    const pair = [inward, connect(target, '127.0.0.1')] as const
    pairs.add(pair)
    join(pair, () => pairs.delete(pair))
    if (!cut) resume(pair)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  const breakAll = (): void => {
    for (const [inward, outward] of pairs) {
      inward.resetAndDestroy()
      outward.resetAndDestroy()
    }
    pairs.clear()
  }
  return {
    port: address.port,
    lead: (port) => {
      target = port
      breakAll()
    },
    hole: () => {
      cut = true
      for (const pair of pairs) for (const socket of pair) socket.pause()
    },
    heal: () => {
      cut = false
      for (const pair of pairs) resume(pair)
    },
    close: async () => {
      breakAll()
      server.close()
      await once(server, 'close')
    },
  }
}

function resume(pair: Pair): void {
  for (const socket of pair) socket.resume()
}

function join([inward, outward]: Pair, ended: () => void): void {
  for (const [from, to] of [
    [inward, outward],
    [outward, inward],
  ] as const) {
    from.on('data', (data) => to.write(data))
    from.on('error', () => undefined)
    from.on('close', () => {
      to.destroy()
      ended()
    })
  }
}
