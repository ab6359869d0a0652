import { availableParallelism } from 'node:os'
import { expect, test } from 'vitest'
import { onCore } from './on-core.ts'

test('never more at once than there are cores; all have their turn, in order, whatever fails', async () => {
  let running = 0
  let most = 0
  const order: number[] = []
  const work = (number: number) => async () => {
    running += 1
    most = Math.max(most, running)
    order.push(number)
    await new Promise(setImmediate)
    running -= 1
    if (number % 3 === 0) throw new Error('no')
    return number
  }
  const all = await Promise.allSettled(Array.from({ length: 40 }, (_, number) => onCore(work(number))))
  expect(most).toBe(Math.min(availableParallelism(), 40))
  expect(order).toEqual(Array.from({ length: 40 }, (_, number) => number))
  expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(26)
})
