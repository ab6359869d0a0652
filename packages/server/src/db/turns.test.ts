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
