import { expect, test } from 'vitest'
import { together } from './together.ts'

/** Work that goes on only when it is told to; what each batch held, in order. */
function held() {
  const batches: string[][] = []
  const goOns: (() => void)[] = []
  const work = async (items: readonly string[]): Promise<readonly string[]> => {
    batches.push([...items])
    await new Promise<void>((resolve) => goOns.push(resolve))
    return items.map((item) => `${item}!`)
  }
  return { batches, work, goOn: () => goOns.shift()?.() }
}
const turn = () => new Promise(setImmediate)

test('what comes in one turn is worked on together, and each is answered at its place', async () => {
  const { batches, work, goOn } = held()
  const ask = together(work, { atOnce: 1, largest: 10 })
  const answers = [ask('a'), ask('b'), ask('c')]
  await turn()
  expect(batches).toEqual([['a', 'b', 'c']])
  goOn()
  expect(await Promise.all(answers)).toEqual(['a!', 'b!', 'c!'])
})

test('what comes while as many batches as may be are under way makes up the next', async () => {
  const { batches, work, goOn } = held()
  const ask = together(work, { atOnce: 1, largest: 2 })
  const answers = ['a', 'b', 'c', 'd', 'e'].map(ask)
  await turn()
  expect(batches).toEqual([['a', 'b']])
  for (let left = 3; left > 0; left -= 1) {
    goOn()
    await turn()
    await turn()
  }
  expect(batches).toEqual([['a', 'b'], ['c', 'd'], ['e']])
  expect(await Promise.all(answers)).toHaveLength(5)
})

test('a key is in one batch at a time, and once in it', async () => {
  const { batches, work, goOn } = held()
  const ask = together(work, { atOnce: 2, largest: 10, keyOf: (item) => (item === '' ? undefined : item) })
  const answers = ['a', 'a', '', '', 'b'].map(ask)
  await turn()
  await turn()
  expect(batches).toEqual([['a', '', '', 'b']])
  goOn()
  await turn()
  await turn()
  expect(batches).toEqual([['a', '', '', 'b'], ['a']])
  goOn()
  expect(await Promise.all(answers)).toHaveLength(5)
})

test('a batch that fails is heard of by all in it, and the next one goes on', async () => {
  let failing = true
  const ask = together(
    async (items: readonly string[]) => {
      if (failing) throw new Error('no')
      return items
    },
    { atOnce: 1, largest: 10, keyOf: (item) => item },
  )
  const outcomes = await Promise.allSettled([ask('a'), ask('b')])
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  failing = false
  expect(await ask('a')).toBe('a')
})

test('beside a batch that is under way only many begin; few wait for it', async () => {
  const { batches, work, goOn } = held()
  const ask = together(work, { atOnce: 2, besides: { least: 3, patienceMs: 60_000 }, largest: 10 })
  const answers = [ask('a')]
  await turn()
  answers.push(ask('b'), ask('c'))
  await turn()
  await turn()
  expect(batches).toEqual([['a']])
  answers.push(ask('d'))
  await turn()
  expect(batches).toEqual([['a'], ['b', 'c', 'd']])
  answers.push(ask('e'))
  goOn()
  await turn()
  await turn()
  expect(batches).toHaveLength(2)
  goOn()
  await turn()
  await turn()
  expect(batches[2]).toEqual(['e'])
  goOn()
  expect(await Promise.all(answers)).toHaveLength(5)
})

test('few do not wait for long', async () => {
  const { batches, work, goOn } = held()
  const ask = together(work, { atOnce: 2, besides: { least: 3, patienceMs: 1 }, largest: 10 })
  const answers = [ask('a')]
  await turn()
  answers.push(ask('b'))
  await expect.poll(() => batches).toEqual([['a'], ['b']])
  answers.push(ask('c'))
  goOn()
  await expect.poll(() => batches).toEqual([['a'], ['b'], ['c']])
  goOn()
  goOn()
  expect(await Promise.all(answers)).toEqual(['a!', 'b!', 'c!'])
})

test('after a batch of several the next one waits for a while, or for many', async () => {
  const { batches, work, goOn } = held()
  const ask = together(work, { atOnce: 1, apart: { ms: 60_000, least: 2 }, largest: 10 })
  const answers = [ask('a'), ask('b')]
  await turn()
  goOn()
  await turn()
  answers.push(ask('c'))
  await turn()
  await turn()
  expect(batches).toEqual([['a', 'b']])
  answers.push(ask('d'))
  await turn()
  expect(batches).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ])
  goOn()
  expect(await Promise.all(answers)).toEqual(['a!', 'b!', 'c!', 'd!'])
})

test('after a batch of one the next one begins at once', async () => {
  const { batches, work, goOn } = held()
  const ask = together(work, { atOnce: 1, apart: { ms: 60_000, least: 2 }, largest: 10 })
  const answers = [ask('a')]
  await turn()
  goOn()
  await turn()
  answers.push(ask('b'))
  await turn()
  expect(batches).toEqual([['a'], ['b']])
  goOn()
  expect(await Promise.all(answers)).toEqual(['a!', 'b!'])
})

test('few after several begin when the while is over', async () => {
  const { batches, work, goOn } = held()
  const ask = together(work, { atOnce: 1, apart: { ms: 2, least: 10 }, largest: 10 })
  const answers = [ask('a'), ask('b')]
  await turn()
  answers.push(ask('c'))
  goOn()
  await expect.poll(() => batches).toEqual([['a', 'b'], ['c']])
  goOn()
  expect(await Promise.all(answers)).toEqual(['a!', 'b!', 'c!'])
})
