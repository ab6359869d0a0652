import type { Context } from '../context.ts'
import type { Batch, Database } from '../db/database.ts'
import { together } from '../db/together.ts'
import { findIdentifiers } from '../users/find-user.ts'
import type { Ask } from './accept-at-once.ts'
import { NOBODY } from './code-store.ts'
import { type Validated, validateCodes } from './validate-code.ts'

type Judge = (ask: Ask) => Promise<Validated | undefined>
const BATCHES = new WeakMap<Database, Judge>()
/** What comes while a batch is under way makes up the next. */
const HOW = { atOnce: 1, largest: 128, keyOf: ({ name }: Ask) => (name === '' ? undefined : name) } as const

/**
 * Validates codes of the same moment in one transaction (PostgreSQL): as many statements for all of them as for one. Undefined in the embedded
 * database, and where what went wrong with one undid it for all: then nobody was charged, and each is for a transaction of its own.
 */
export async function judgeTogether(ctx: Context, ask: Ask): Promise<Validated | undefined> {
  const { batch } = ctx.db
  if (batch === undefined) return undefined
  const judge = BATCHES.get(ctx.db) ?? together((asks: readonly Ask[]) => judgeAll(ctx, batch, asks), HOW)
  BATCHES.set(ctx.db, judge)
  return judge(ask)
}

async function judgeAll(ctx: Context, batch: Batch, asks: readonly Ask[]): Promise<(Validated | undefined)[]> {
  let undone = false
  try {
    return await batch.transaction(async (tx) => {
      try {
        const found = await findIdentifiers(
          ctx,
          tx,
          asks.map(({ name }) => name),
        )
        const toValidate = asks.map(({ by, name, code }) => ({ by, user: found.get(name) ?? NOBODY, code }))
        return await validateCodes(ctx, tx, toValidate, true)
      } catch (error) {
        undone = true
        throw error
      }
    })
  } catch (error) {
    // What fails as it commits may have been done.
    if (!undone) throw error
    ctx.log.warn({ err: error, codes: asks.length }, 'codes that came together could not be judged together; each is judged alone')
    return asks.map(() => undefined)
  }
}
