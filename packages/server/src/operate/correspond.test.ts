import { expect, test } from 'vitest'
import { correspond } from './correspond.ts'
import { readWishes } from './validating-messages.ts'

const turn = () => new Promise(setImmediate)

test('what is asked in one turn goes in one letter, much of it before the turn is over', async () => {
  const letters: number[][] = []
  const { ask, hear } = correspond((letter) => letters.push(readWishes(letter).map(({ id }) => id)))
  const answers = Array.from({ length: 27 }, () => ask((id) => ({ id, seal: true })))
  expect(letters.map(({ length }) => length)).toEqual([12, 12])
  await turn()
  expect(letters.map(({ length }) => length)).toEqual([12, 12, 3])
  await turn()
  expect(letters.flat()).toEqual(answers.map((_, place) => place + 1))
  hear(letters.flat().map((id) => ({ id, sealed: [] })))
  expect(await Promise.all(answers)).toHaveLength(27)
})

test('what fails there fails here', async () => {
  const { ask, hear } = correspond(() => undefined)
  const answer = ask((id) => ({ id, seal: true }))
  hear([{ id: 1, error: 'the disk is full' }])
  await expect(answer).rejects.toThrow('the disk is full')
})
