import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { LIMITS, listen } from '../../src/http/listen.ts'
import { onBothEngines, openWorld } from '../world.ts'
import { makeOwner, openStand, signInBy } from './stand.ts'

const FORM = 'application/x-www-form-urlencoded'
/** Where others hold the machine up, an answer may take longer than the half second that is wanted; it may not hang. */
const HANG_MS = 10_000

test('nobody may be slower than ten seconds with headers and thirty with a form, nor hold ten thousand sockets', () => {
  const { headersMs, requestMs, keepAliveMs, checkEveryMs, mostSockets } = LIMITS
  expect([headersMs <= 10_000, requestMs <= 30_000, keepAliveMs <= 5_000, checkEveryMs <= 2_000, mostSockets <= 10_000]).not.toContain(
    false,
  )
})

/** A socket, and when it was closed by the other side. */
type Opened = { socket: Socket; closed: Promise<unknown> }

async function open(port: number, said: string): Promise<Opened> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  // Not by `once`, which takes a reset for a failure: to hang up on somebody who is writing is one.
  const closed = new Promise((resolve) => socket.on('close', resolve))
  socket.resume()
  await Promise.race([once(socket, 'connect'), closed])
  socket.write(said)
  return { socket, closed }
}

/** In small groups: what the kernel's queue cannot hold is never heard of. */
async function openMany(many: number, port: number, said: string): Promise<Opened[]> {
  const opened: Opened[] = []
  while (opened.length < many)
    opened.push(...(await Promise.all(Array.from({ length: Math.min(50, many - opened.length) }, () => open(port, said)))))
  return opened
}

test('slow headers, slow forms and silent sockets are hung up on, whatever comes meanwhile; pages are answered beside them', async () => {
  const world = await openWorld('sqlite')
  const limits = { headersMs: 1_500, requestMs: 2_500, keepAliveMs: 500, checkEveryMs: 100, mostSockets: 10_000 }
  const stand = await openStand(world, limits)
  const HEAD = `POST /forgotten-password HTTP/1.1\r\nhost: localhost\r\n`
  const form = `${HEAD}origin: ${world.config.login.url}\r\ncontent-type: ${FORM}\r\ncontent-length: 5000\r\n\r\n`
  const slow = [...(await openMany(100, stand.port, HEAD)), ...(await openMany(100, stand.port, form))]
  const trickle = setInterval(() => {
    for (const { socket } of slow) if (socket.writable) socket.write('a')
  }, 100)
  const silent = await openMany(2_000, stand.port, '')
  const begun = performance.now()
  expect((await stand.open().get('/sign-in')).status).toBe(303)
  const page = performance.now() - begun
  expect(page).toBeLessThan(HANG_MS)
  await Promise.all([...slow, ...silent].map(({ closed }) => closed))
  clearInterval(trickle)
  expect(performance.now() - begun).toBeLessThan(HANG_MS)
  // From another address: by a socket of its own, and not by one that is being hung up on.
  expect((await stand.ask({ method: 'GET', path: '/sign-in', address: '127.0.0.2' })).status).toBe(303)
  expect(await world.db.read.selectFrom('outbox').selectAll().execute()).toEqual([])
  console.info(`a page beside 2200 slow and silent sockets: ${page.toFixed(0)} ms`)
  await stand.close()
  await world.close()
})

test('more sockets than there may be are hung up on at once; those before them stay', async () => {
  const world = await openWorld('sqlite')
  const stand = await openStand(world, { ...LIMITS, mostSockets: 100 })
  const within = await openMany(100, stand.port, '')
  const beyond = await openMany(50, stand.port, '')
  const begun = performance.now()
  await Promise.all(beyond.map(({ closed }) => closed))
  expect(performance.now() - begun).toBeLessThan(LIMITS.headersMs / 2)
  expect(within.filter(({ socket }) => !socket.readable).length).toBe(0)
  for (const { socket } of within) socket.destroy()
  await Promise.all(within.map(({ closed }) => closed))
  await stand.close()
  await world.close()
})

const AT_ONCE = 1_000

/** Connects so many times at once, and says when all are through. */
const CROWD = `
  const { connect } = require('node:net')
  const { workerData: { port, many, through } } = require('node:worker_threads')
  let connected = 0
  const sayConnected = () => {
    connected += 1
    if (connected < many) return
    Atomics.store(through, 0, 1)
    Atomics.notify(through, 0)
  }
  for (let n = 0; n < many; n += 1) connect(port, '127.0.0.1').on('error', () => undefined).on('connect', sayConnected)
`

/** How many connections the kernel keeps for whoever listens, at most. */
function mostKept(): number {
  return process.platform === 'linux' ? Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8')) : 128
}

test('a thousand who connect while the server does something else are all heard: nobody has to come again a second later', async () => {
  const listening = await listen({ host: '127.0.0.1', port: 0, url: '' }, (_, response) => response.end())
  const through = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  const crowd = new Worker(CROWD, { eval: true, workerData: { port: listening.port, many: Math.min(AT_ONCE, mostKept()), through } })
  // This thread is the server's: nothing is taken from the kernel while it is held.
  expect(Atomics.wait(through, 0, 0, HANG_MS)).not.toBe('timed-out')
  await crowd.terminate()
  await listening.close()
})

onBothEngines('a thousand passwords at once', (world) => {
  test('are judged as far as the lanes hold; the rest is told to come back, and counts for nothing', async () => {
    const stand = await openStand(world())
    const owner = await makeOwner(world())
    const known = stand.open()
    await signInBy(stand, known, owner)
    const guards = () => world().db.read.selectFrom('password_guards').select('subject').execute()
    const before = await guards()
    const agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY })
    const headers = { origin: world().config.login.url, 'content-type': FORM }
    const press = (n: number): Promise<number> =>
      new Promise((resolve, reject) => {
        const asked = request(
          { agent, host: '127.0.0.1', port: stand.port, method: 'POST', path: '/self-administration', headers },
          (answer) => {
            answer.resume()
            answer.on('end', () => resolve(answer.statusCode ?? 0))
          },
        )
        asked.on('error', reject)
        asked.end(`name=stranger${n}&password=wrong-whoever-it-is`)
      })
    const storm = Promise.all(Array.from({ length: AT_ONCE }, (_, n) => press(n)))
    const times: number[] = []
    const flow = (await known.get('/sign-in')).location
    const done = { yes: false }
    const watch = (async () => {
      while (!done.yes) {
        const begun = performance.now()
        expect((await stand.open().get('/forgotten-password')).status).toBe(200)
        times.push(performance.now() - begun)
      }
    })()
    // Whoever signed in with this browser before has a lane of their own.
    const own = await known.copy().post('/self-administration', { name: owner.name, password: owner.password })
    const statuses = await storm
    done.yes = true
    await watch
    expect(flow).toMatch(/^\/sign-in\//)
    expect(own.location).toBe('/self-administration/confirm')
    const judged = statuses.filter((status) => status === 303).length
    expect(statuses.filter((status) => status === 503).length).toBe(AT_ONCE - judged)
    expect(judged).toBeGreaterThan(0)
    expect((await guards()).length - before.length).toBe(judged)
    expect(Math.max(...times)).toBeLessThan(HANG_MS)
    console.info(
      `${world().db.engine}: ${judged} judged, ${AT_ONCE - judged} sent away; pages meanwhile: ${times.length}, the slowest ${Math.max(...times).toFixed(0)} ms`,
    )
    agent.destroy()
    await stand.close()
  })
})
