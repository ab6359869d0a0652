import { expect, test } from 'vitest'
import { summarise } from './schedule.ts'

const MS = 1_000_000
const ACCEPTS = { status: 200, text: '"accepted":true' }
const body = (accepted: boolean) => Buffer.from(JSON.stringify({ accepted })).toString('base64')

/** What `vegeta` writes of a request, ten a second: how late it was sent, and how long it then took (ms). */
function sent(number: number, late: number, took: number, answer = body(true)): string {
  return [
    1_000_000 * MS + number * 100 * MS + late * MS,
    200,
    took * MS,
    10,
    20,
    '',
    answer,
    '',
    number,
    'POST',
    'http://127.0.0.1/',
    '',
  ].join(',')
}

test('a request that is sent late has taken longer', () => {
  const csv = [sent(0, 0, 5), sent(1, 300, 5), sent(2, 200, 5)].join('\n')
  expect(summarise(csv, 10, ACCEPTS)).toEqual({ rate: 10, p50: 205, p99: 305, accepted: 3, answered: 3 })
})

test('answers that do not accept are counted as such', () => {
  const csv = [sent(0, 0, 5), sent(1, 0, 5, body(false))].join('\n')
  expect(summarise(csv, 10, ACCEPTS)).toMatchObject({ accepted: 1, answered: 2 })
})
