import { expect, test } from 'vitest'
import { checkHistory } from './check-history.ts'
import type { Attempt, Change, History, PersonRecord, Records, Validation } from './history.ts'

let clock = 0

/** An attempt that begins after the one before has ended. */
function attempt(outcome: Attempt['outcome'], step: number | undefined, request?: string): Attempt {
  clock += 10
  return { person: 'alice', step, outcome, request, sentAt: clock, endedAt: clock + 5 }
}

const row = (outcome: string, request: string, person = 'alice'): Validation => ({ outcome, request, person })

const NOTHING: PersonRecord = { suspended: false, lastStep: 9, doorFailures: 0, tokenAttempts: 0, wrongCodes: 0, wrongSinceSuccess: 0 }

function records(validations: readonly Validation[], alice: Partial<PersonRecord> = {}): Records {
  return {
    people: new Map([['alice', { ...NOTHING, ...alice }]]),
    validations,
    apiKeys: new Map(),
    chain: { whole: true, flaw: undefined },
  }
}

function found(attempts: Attempt[], kept: Records, changes: Change[] = []): string[] {
  const history: History = { attempts, changes }
  return checkHistory(history, kept).map(({ promise }) => promise)
}

const ONE_WRONG = { doorFailures: 1, tokenAttempts: 1, wrongCodes: 1, wrongSinceSuccess: 1 }

test('a run in which everything was kept has no violation', () => {
  const attempts = [
    attempt('accepted', 5, 'a'),
    attempt('refused', 5, 'b'),
    attempt('unknown', 6),
    attempt('refused', undefined, 'c'),
    attempt('unknown', 7),
    attempt('accepted', 8, 'd'),
    attempt('refused', undefined, 'e'),
  ]
  const log = [
    row('accepted', 'a'),
    row('replayed', 'b'),
    row('accepted', 'lost-answer'),
    row('wrong-code', 'c'),
    row('accepted', 'd'),
    row('wrong-code', 'e'),
  ]
  const counts = { doorFailures: 1, tokenAttempts: 1, wrongCodes: 2, wrongSinceSuccess: 2 }
  expect(found(attempts, records(log, { lastStep: 8, ...counts }))).toEqual([])
})

test('one step, answered as accepted twice', () => {
  const attempts = [attempt('accepted', 5, 'a'), attempt('accepted', 5, 'b')]
  expect(found(attempts, records([row('accepted', 'a'), row('accepted', 'b')]))).toContain('accepted-twice')
})

test('one step, accepted once with a lost answer and once with an answer', () => {
  const attempts = [attempt('unknown', 5), attempt('accepted', 5, 'b')]
  expect(found(attempts, records([row('accepted', 'lost'), row('accepted', 'b')]))).toEqual(['accepted-twice'])
})

test('one step, accepted twice with both answers lost', () => {
  const attempts = [attempt('unknown', 5), attempt('unknown', 5)]
  expect(found(attempts, records([row('accepted', 'lost'), row('accepted', 'lost-too')]))).toEqual(['acceptance-without-code'])
})

test('a wrong code that was accepted', () => {
  expect(found([attempt('accepted', undefined, 'a')], records([row('accepted', 'a')]))).toContain('acceptance-without-code')
})

test('an acceptance in the log that nobody asked for', () => {
  expect(found([], records([row('accepted', 'a')]))).toEqual(['acceptance-without-code'])
})

test('a step after a later one was answered; at the same time it is none', () => {
  const later = attempt('accepted', 6, 'a')
  const earlier = attempt('accepted', 5, 'b')
  const log = [row('accepted', 'b'), row('accepted', 'a')]
  expect(found([later, earlier], records(log))).toEqual(['step-went-back'])
  expect(found([later, { ...earlier, sentAt: later.sentAt }], records(log))).toEqual([])
})

test('steps that the log has in another order', () => {
  const later = attempt('accepted', 6, 'a')
  const earlier = { ...attempt('accepted', 5, 'b'), sentAt: later.sentAt }
  expect(found([later, earlier], records([row('accepted', 'a'), row('accepted', 'b')]))).toEqual(['accepted-twice'])
})

test('an acceptance that was answered and is gone', () => {
  expect(found([attempt('accepted', 5, 'a')], records([]))).toEqual(['answer-lost'])
})

test('a refusal that was answered and is gone', () => {
  expect(found([attempt('refused', undefined, 'a')], records([]))).toEqual(['answer-lost'])
})

test.each([
  ['accepted', 'wrong-code'],
  ['refused', 'accepted'],
] as const)('%s by the answer, %s by the log', (outcome, logged) => {
  const counts = logged === 'wrong-code' ? ONE_WRONG : {}
  expect(found([attempt(outcome, 5, 'a')], records([row(logged, 'a')], counts))).toContain('answer-differs')
})

test('an answer that the log has of somebody else', () => {
  expect(found([attempt('refused', 5, 'a')], records([row('replayed', 'a', 'bob')]))).toEqual(['answer-differs'])
})

test('one request that was recorded twice', () => {
  expect(found([attempt('refused', 5, 'a')], records([row('replayed', 'a'), row('replayed', 'a')]))).toEqual(['recorded-twice'])
})

test.each([4, undefined])('a step that was answered as accepted and can be used again: the last is %s', (lastStep) => {
  expect(found([attempt('accepted', 5, 'a')], records([row('accepted', 'a')], { lastStep }))).toEqual(['last-step-behind'])
})

test.each(['doorFailures', 'tokenAttempts', 'wrongCodes', 'wrongSinceSuccess'] as const)('a refusal that %s does not count', (name) => {
  const refused = [attempt('refused', undefined, 'a')]
  expect(found(refused, records([row('wrong-code', 'a')], ONE_WRONG))).toEqual([])
  expect(found(refused, records([row('wrong-code', 'a')], { ...ONE_WRONG, [name]: 0 }))).toEqual(['count-differs'])
  expect(found(refused, records([row('wrong-code', 'a')], { ...ONE_WRONG, [name]: 2 }))).toEqual(['count-differs'])
})

test('a key that was made, or ended, and is not', () => {
  const change = (kind: 'key-made' | 'key-ended'): Change => ({ kind, id: 'key_a', at: 0 })
  const withKey = (ended: boolean): Records => ({ ...records([]), apiKeys: new Map([['key_a', { ended }]]) })
  expect(found([], records([]), [change('key-made')])).toEqual(['change-lost'])
  expect(found([], withKey(false), [change('key-made')])).toEqual([])
  expect(found([], withKey(false), [change('key-made'), change('key-ended')])).toEqual(['change-lost'])
  expect(found([], withKey(true), [change('key-made'), change('key-ended')])).toEqual([])
})

test('a person who was suspended, and is not, or whose code was accepted afterwards', () => {
  const before = attempt('accepted', 5, 'a')
  const after = attempt('accepted', 6, 'b')
  const suspended: Change = { kind: 'suspended', person: 'alice', at: before.endedAt }
  const log = [row('accepted', 'a')]
  expect(found([before], records(log, { suspended: true }), [suspended])).toEqual([])
  expect(found([before], records(log), [suspended])).toEqual(['change-lost'])
  expect(found([before, after], records([...log, row('accepted', 'b')], { suspended: true }), [suspended])).toEqual([
    'accepted-though-suspended',
  ])
})

test('an audit chain that does not verify', () => {
  expect(found([], { ...records([]), chain: { whole: false, flaw: 'events-altered in block 3' } })).toEqual(['chain-broken'])
})
