import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type House, openHouse } from './house.ts'

/** With a few places left for who asks: a listener takes ten thousand. */
const IDLE = 9_950
const MOST = 10_000
const HANG_MS = 60_000

let house: House

beforeAll(async () => {
  house = await openHouse()
}, 120_000)

afterAll(() => house?.close())

type Idle = { open: () => number; close: () => void }

/** Sockets that say nothing, in groups that the kernel's queue holds. */
async function openIdle(origin: string, many: number): Promise<Idle> {
  const sockets: Socket[] = []
  let closed = 0
  const open = (): Promise<void> =>
    new Promise((resolve) => {
      const socket = connect(Number(new URL(origin).port), '127.0.0.1', resolve)
      socket
        .on('error', () => undefined)
        .on('close', () => {
          closed += 1
          resolve()
        })
      socket.resume()
      sockets.push(socket)
    })
  while (sockets.length < many) await Promise.all(Array.from({ length: Math.min(100, many - sockets.length) }, open))
  return {
    open: () => sockets.length - closed,
    close: () => {
      for (const socket of sockets) socket.destroy()
    },
  }
}

test.each([
  ['the server', (): [string, string] => [house.login, '/forgotten-password']],
  ['the portal', (): [string, string] => [house.portal, '/']],
])(
  'ten thousand idle sockets at %s: pages are answered beside them, whoever comes beyond is hung up on, and so are they',
  async (_, place) => {
    const [origin, path] = place()
    const idle = await openIdle(origin, IDLE)
    expect((await fetch(`${origin}${path}`)).status).toBe(200)
    expect((await fetch(`${house.health}/readyz`)).status).toBe(200)
    expect(idle.open()).toBeGreaterThan(IDLE / 2)
    const beyond = await openIdle(origin, 200)
    await expect.poll(() => beyond.open(), { timeout: HANG_MS }).toBeLessThanOrEqual(MOST - IDLE)
    expect(idle.open()).toBeGreaterThan(IDLE / 2)
    await expect.poll(() => idle.open() + beyond.open(), { timeout: HANG_MS }).toBe(0)
    expect((await fetch(`${origin}${path}`)).status).toBe(200)
    idle.close()
    beyond.close()
  },
)
