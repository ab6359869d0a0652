import { expect, test } from 'vitest'
import { endAll } from './end-all.ts'

test('a step that fails keeps no other from its turn, and is told at the end', async () => {
  const done: string[] = []
  const steps = ['first', 'second', 'third'].map((name) => () => {
    done.push(name)
    if (name !== 'third') throw new Error(name)
  })
  await expect(endAll(steps)).rejects.toThrow('first')
  expect(done).toEqual(['first', 'second', 'third'])
})

test('whoever is told to stop ends the step under way and begins no other', async () => {
  const stopping = new AbortController()
  const done: string[] = []
  const steps = ['first', 'second', 'third'].map((name) => async () => {
    done.push(name)
    if (name === 'second') stopping.abort()
  })
  await endAll(steps, stopping.signal)
  expect(done).toEqual(['first', 'second'])
})
