import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { giveTurn, makeTurns, takeTurn } from './turns.ts'

test('one at a time, first come, first served', async () => {
  const turns = makeTurns()
  const order: number[] = []
  let inside = 0
  const work = async (number: number): Promise<void> => {
    await takeTurn(turns)
    inside += 1
    expect(inside).toBe(1)
    await new Promise(setImmediate)
    order.push(number)
    inside -= 1
    giveTurn(turns)
  }
  await Promise.all(Array.from({ length: 50 }, (_, number) => work(number)))
  expect(order).toEqual(Array.from({ length: 50 }, (_, number) => number))
})

test('a thread that waits for its turn, and for nothing else, is there when it comes', async () => {
  const turns = makeTurns()
  await takeTurn(turns)
  const waiting = `
    const { parentPort, workerData } = require('node:worker_threads')
    import(workerData.module).then(async ({ giveTurn, takeTurn }) => {
      parentPort.postMessage('asks')
      await takeTurn(workerData.turns)
      giveTurn(workerData.turns)
      parentPort.postMessage('had its turn')
    })`
  const thread = new Worker(waiting, { eval: true, workerData: { turns, module: new URL('./turns.ts', import.meta.url).href } })
  const said: unknown[] = []
  thread.on('message', (message) => said.push(message))
  const ended = once(thread, 'exit')
  await once(thread, 'message')
  // Time for a thread that does not wait to end.
  await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 500))])
  giveTurn(turns)
  expect(await ended).toEqual([0])
  expect(said).toEqual(['asks', 'had its turn'])
})
