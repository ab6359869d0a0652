import { describe, expect, test } from 'vitest'
import { makeDisk, seededDraw, startProcess } from '../../test/memory-platform.ts'
import { activateToken } from '../../test/server-half.ts'
import type { IdentityRecord } from '../vault/record.ts'
import { openIdentity } from './opened-identity.ts'
import { advance, claimUnlock, nameOf, noteClock, shownFrom, shownUntil, stateOf, stepToShow, waitAfter } from './rules.ts'

const NOW = 1_790_000_000_000
const STEP = Math.floor(NOW / 30_000)

async function someRecord(changes: Partial<IdentityRecord>): Promise<IdentityRecord> {
  const platform = startProcess(makeDisk(), seededDraw(31), NOW)
  const { serial } = await activateToken(platform, 'Work', '184027')
  const opened = await platform.storage.exclusively((files) => openIdentity(platform, files, serial))
  if ('error' in opened) throw new Error(opened.error)
  return { ...opened.record, ...changes }
}

describe('names', () => {
  test.each([
    ['Work', 'Work'],
    ['  Work  ', 'Work'],
    ['e\u0301', '\u00e9'],
    ['x'.repeat(40), 'x'.repeat(40)],
    ['алиса', 'алиса'],
    ['مرحبا', 'مرحبا'],
    ['x', 'x'],
  ])('%j is kept as %j', (typed, name) => {
    expect(nameOf(typed)).toBe(name)
  })

  test.each([
    '',
    '   ',
    'x'.repeat(41),
    'a\u001bb',
    'a\nb',
    'a\u202eb',
    'a\u2066b',
    'a\u2028b',
    'a\u2029b',
    'a\ud800b',
    'a\u200fb',
    'a\u061cb',
  ])('%j is refused', (typed) => {
    expect(nameOf(typed)).toBeUndefined()
  })
})

describe('the state that a record is in', () => {
  test.each([
    [{ failedPins: 0 }, { name: 'registering', failedPins: 0 }],
    [
      { failedPins: 4, registrationCode: undefined },
      { name: 'active', failedPins: 4 },
    ],
    [{ failedPins: 5 }, { name: 'last-try', was: 'registering' }],
    [
      { failedPins: 5, registrationCode: undefined },
      { name: 'last-try', was: 'active' },
    ],
    [{ failedPins: 5, boxErased: true }, { name: 'locked' }],
  ] satisfies [Partial<IdentityRecord>, object][])('%j is %j', async (changes, state) => {
    expect(stateOf(await someRecord(changes))).toEqual(state)
  })

  test('the fourth and the fifth claim are counted; a lock keeps the count', async () => {
    expect(advance(await someRecord({ failedPins: 3 }), 'claim-pin').failedPins).toBe(4)
    expect(advance(await someRecord({ failedPins: 4 }), 'claim-pin').failedPins).toBe(5)
    expect(advance(await someRecord({ failedPins: 5 }), 'pin-caught').failedPins).toBe(5)
    expect(advance(await someRecord({ failedPins: 5, boxErased: true }), 'start').failedPins).toBe(5)
  })

  test('an event that the machine refuses is a fault of the caller', async () => {
    const locked = await someRecord({ failedPins: 5, boxErased: true })
    expect(() => advance(locked, 'claim-pin')).toThrow('an identity that is locked has no claim-pin')
    expect(() => advance(locked, 'remove')).toThrow('an identity that is locked has no remove')
  })
})

describe('time', () => {
  test('a code is shown from one step before its own to the end of the one after', () => {
    expect(shownFrom(10)).toBe(270_000)
    expect(shownUntil(10)).toBe(360_000)
  })

  test('the step is the current one, or the one after the last shown', async () => {
    expect(stepToShow(await someRecord({ lastShownStep: undefined }), NOW)).toBe(STEP)
    expect(stepToShow(await someRecord({ lastShownStep: STEP - 5 }), NOW)).toBe(STEP)
    expect(stepToShow(await someRecord({ lastShownStep: STEP + 3 }), NOW)).toBe(STEP + 4)
    expect(stepToShow(await someRecord({ lastShownStep: STEP + 50 }), NOW)).toBe(STEP + 51)
    expect(stepToShow(await someRecord({ lastShownStep: undefined }), 0)).toBe(0)
  })

  test('five minutes back are an adjustment, a millisecond more is a clock that was set back', async () => {
    const record = await someRecord({ clockSeen: NOW, lastShownStep: STEP })
    expect(noteClock(record, NOW - 300_000)).toEqual({ record: { ...record, clockSeen: NOW - 300_000 }, setBack: false })
    expect(noteClock(record, NOW - 300_001)).toEqual({
      record: { ...record, clockSeen: NOW - 300_001, clockSetBackAt: NOW - 300_001, lastShownStep: undefined },
      setBack: true,
    })
  })

  test('after a set-back only a step that lies in the future is dropped', async () => {
    const back = NOW - 3_600_000
    const now = Math.floor(back / 30_000)
    for (const [lastShownStep, kept] of [
      [now, now],
      [now - 9, now - 9],
      [now + 1, undefined],
      [undefined, undefined],
    ] as const) {
      const { record } = noteClock(await someRecord({ clockSeen: NOW, lastShownStep }), back)
      expect(record.lastShownStep).toBe(kept)
    }
  })

  test('a clock at the very beginning drops nothing that was never shown', async () => {
    const { record } = noteClock(await someRecord({ clockSeen: NOW, lastShownStep: undefined }), 0)
    expect(record.lastShownStep).toBeUndefined()
  })

  test('waits: none for four, a minute for five, doubling to an hour', () => {
    expect([0, 4, 5, 6, 10, 11, 12, 500].map(waitAfter)).toEqual([0, 0, 60_000, 120_000, 1_920_000, 3_600_000, 3_600_000, 3_600_000])
  })

  test('a wait ends at its moment, not before', async () => {
    const record = await someRecord({ wrongUnlocks: 5, waitUntil: NOW + 60_000 })
    expect(claimUnlock(record, NOW + 59_999)).toMatchObject({ ok: false, waitMs: 1 })
    expect(claimUnlock(record, NOW + 60_000)).toMatchObject({ ok: true, record: { wrongUnlocks: 6, waitUntil: NOW + 180_000 } })
  })
})
