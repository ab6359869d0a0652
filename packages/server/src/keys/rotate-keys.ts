import { setTimeout as pause } from 'node:timers/promises'
import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import { ANNOUNCE_EVERY_MS, askForKey, instances } from './announce.ts'
import { SealBroken } from './key-ring.ts'
import { beginRotation, dropOldKeys, type KeySource, keyIds } from './load-keys.ts'
import { replaceSealed, rowsUnderOthers, type SealedRow } from './reseal.ts'
import { placeOf, SEALED_COLUMNS, type SealedColumn } from './sealed-columns.ts'

export type KeysRotated =
  /** `dropped`: the old keys are out of the key file. Where keys come from elsewhere, whoever keeps them takes the old ones out. */
  | { outcome: 'rotated'; keyId: string; resealed: number; dropped: boolean }
  /** A value opens with no key that is here: the old keys stay. */
  | { outcome: 'unreadable'; table: string; column: string }
  /** Another rotation was begun before this one ended: it seals what this one sealed under its own key. */
  | { outcome: 'superseded' }
  /** A running server does not seal under the new key yet: the old keys stay. Run it again, it goes on where it was. */
  | { outcome: 'server-behind' }

const ROWS_AT_ONCE = 100
/** Time for servers to hear of the new key and to say so. */
const PATIENCE_MS = 6 * ANNOUNCE_EVERY_MS

/**
 * Puts a new key-encryption key before the others, seals everything anew under it while servers go on writing, and drops the old ones
 * when nothing needs them. Killed at any moment, it goes on at the next run: a key that was added and is not alone yet is used.
 */
export async function rotateKeys(ctx: Context, by: Caller, source: KeySource, patienceMs = PATIENCE_MS): Promise<KeysRotated> {
  const keyId = startOrGoOn(source)
  ctx.keys.reload()
  await askForKey(ctx, keyId)
  if (!(await everyServerFollows(ctx, keyId, patienceMs))) return { outcome: 'server-behind' }
  let resealed = 0
  // From here on nobody seals under an old key. What was sealed before that and committed late is found by another round.
  for (let round = -1; round !== 0; ) {
    if (ctx.keys.currentId !== keyId) return { outcome: 'superseded' }
    const result = await resealAll(ctx, keyId)
    if (typeof result !== 'number') return { outcome: 'unreadable', ...result }
    round = result
    resealed += result
  }
  const dropped = 'file' in source
  if (dropped && !dropOldKeys(source.file, keyId)) return { outcome: 'superseded' }
  ctx.keys.reload()
  await ctx.db.transaction((tx) =>
    record(ctx, tx, { at: ctx.now(), action: 'keys.rotate', outcome: 'rotated', subject: undefined, object: keyId, by }),
  )
  return { outcome: 'rotated', keyId, resealed, dropped }
}

function startOrGoOn(source: KeySource): string {
  if ('file' in source) return beginRotation(source.file)
  const [first = ''] = keyIds(source)
  return first
}

async function everyServerFollows(ctx: Context, keyId: string, patienceMs: number): Promise<boolean> {
  const giveUpAt = performance.now() + patienceMs
  for (;;) {
    const behind = (await instances(ctx)).filter((instance) => instance.keyId !== keyId)
    if (behind.length === 0) return true
    if (performance.now() > giveUpAt) return false
    await pause(Math.min(500, patienceMs))
  }
}

/** One round through every column. Returns how many values it found, or where one does not open. */
async function resealAll(ctx: Context, keyId: string): Promise<number | { table: string; column: string }> {
  let found = 0
  for (const column of SEALED_COLUMNS) {
    let after: readonly string[] | undefined
    for (;;) {
      const rows = await rowsUnderOthers(ctx.db.read, column, keyId, after, ROWS_AT_ONCE)
      const fresh = resealEach(ctx, column, rows)
      if (fresh === undefined) return { table: column.table, column: column.column }
      await ctx.db.transaction(async (tx) => {
        for (const { row, sealed } of fresh) await replaceSealed(tx, column, row, sealed)
      })
      found += rows.length
      after = rows.at(-1)?.key
      if (rows.length < ROWS_AT_ONCE) break
    }
  }
  return found
}

function resealEach(ctx: Context, column: SealedColumn, rows: readonly SealedRow[]): { row: SealedRow; sealed: Uint8Array }[] | undefined {
  try {
    return rows.map((row) => {
      const place = placeOf(column, row.key)
      return { row, sealed: ctx.keys.seal(place, ctx.keys.open(place, row.sealed)) }
    })
  } catch (error) {
    if (error instanceof SealBroken) return undefined
    throw error
  }
}
