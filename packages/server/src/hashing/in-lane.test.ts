import { expect, test } from 'vitest'
import { Busy, hasRoomIn, inLaneOf, type Lane, openLanes } from './in-lane.ts'

/** Work that ends when the test says so, and a list of what began. */
function workshop(atOnce: number) {
  const lanes = openLanes(atOnce)
  const begun: string[] = []
  const ends: (() => void)[] = []
  const put = (name: string, lane: Lane, source?: string) =>
    inLaneOf(lanes, lane, source, () => {
      begun.push(name)
      return new Promise<void>((resolve) => ends.push(resolve))
    })
  const endOne = async () => {
    ends.shift()?.()
    await new Promise(setImmediate)
  }
  return { lanes, begun, put, endOne }
}

const refused = (results: readonly PromiseSettledResult<unknown>[]) => results.filter(({ status }) => status === 'rejected').length

test('never more at once than there are cores', async () => {
  const lanes = openLanes(2)
  let now = 0
  let most = 0
  const work = async () => {
    now += 1
    most = Math.max(most, now)
    await new Promise(setImmediate)
    now -= 1
  }
  await Promise.all(Array.from({ length: 30 }, () => inLaneOf(lanes, 'known-browser', undefined, work)))
  expect(most).toBe(2)
  expect(lanes.running).toBe(0)
})

test('a known browser does not wait behind strangers, nor a quiet source behind a loud one', async () => {
  const { begun, put, endOne } = workshop(1)
  const all = [
    put('first', 'rest'),
    put('rest', 'rest'),
    put('loud 1', 'source', '192.0.2.1'),
    put('loud 2', 'source', '192.0.2.1'),
    put('quiet', 'source', '192.0.2.2'),
    put('known', 'known-browser'),
  ]
  await new Promise(setImmediate)
  for (const _ of all) await endOne()
  await Promise.all(all)
  expect(begun).toEqual(['first', 'known', 'loud 1', 'quiet', 'loud 2', 'rest'])
})

test('a flood from one network is refused, runs nothing that was refused, and leaves room for another', async () => {
  const { begun, put, endOne } = workshop(1)
  const flood = Array.from({ length: 1000 }, (_, index) => put('flood', 'source', `2001:db8::${index.toString(16)}`))
  const other = put('other', 'source', '2001:db8:0:1::1')
  const results = Promise.allSettled(flood)
  await new Promise(setImmediate)
  for (let turn = 0; turn < 60; turn += 1) await endOne()
  await other
  const settled = await results
  expect(refused(settled)).toBe(1000 - 1 - 4 - 32)
  expect(settled.every((result) => result.status === 'fulfilled' || result.reason instanceof Busy)).toBe(true)
  expect(begun.indexOf('other')).toBeLessThan(4)
  expect(begun.filter((name) => name === 'flood')).toHaveLength(37)
})

test('work that fails gives its turn back', async () => {
  const lanes = openLanes(1)
  await expect(inLaneOf(lanes, 'rest', undefined, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await inLaneOf(lanes, 'rest', undefined, async () => 'next')).toBe('next')
})

test('every lane has an end', async () => {
  for (const lane of ['known-browser', 'activation', 'rest', 'source'] as const) {
    const { put, endOne } = workshop(1)
    const results = Promise.allSettled(Array.from({ length: 500 }, (_, index) => put('x', lane, `192.0.${index >> 8}.${index & 255}`)))
    await new Promise(setImmediate)
    for (let turn = 0; turn < 200; turn += 1) await endOne()
    expect(refused(await results)).toBeGreaterThan(300)
  }
})

test('there is room for whoever would find a place, and for nobody else; to ask takes none', async () => {
  const { lanes, put, endOne } = workshop(1)
  const differs: string[] = []
  const all: Promise<unknown>[] = []
  for (let turn = 0; turn < 600; turn += 1) {
    const lane = (['source', 'source', 'source', 'known-browser', 'activation', 'rest'] as const)[turn % 6] ?? 'rest'
    const source = turn % 7 === 0 ? undefined : `192.0.2.${turn % 80}`
    const room = hasRoomIn(lanes, lane, source)
    const taken = put('x', lane, source)
    all.push(taken.catch(() => undefined))
    const found = await Promise.race([
      taken.then(
        () => true,
        () => false,
      ),
      new Promise((resolve) => setImmediate(resolve, true)),
    ])
    if (room !== found) differs.push(`${lane} ${source}`)
  }
  expect(differs).toEqual([])
  expect(hasRoomIn(lanes, 'source', '198.51.100.1')).toBe(false)
  for (let turn = 0; turn < 600; turn += 1) await endOne()
  await Promise.all(all)
  expect(lanes.shares.size).toBe(0)
  expect(hasRoomIn(lanes, 'source', '198.51.100.1')).toBe(true)
  expect(lanes.shares.size).toBe(0)
})
