import { type SqlBool, sql } from 'kysely'
import { ABOUT_A_PERSON } from '../db/about-a-person.ts'
import type { Database, Tx } from '../db/database.ts'
import type { Block, SealedEvent } from './hash-block.ts'

type Read = Database['read']

export async function lastBlock(db: Read): Promise<Block | undefined> {
  return db.selectFrom('audit_blocks').selectAll().orderBy('number', 'desc').limit(1).executeTakeFirst()
}

export async function isAnyUnsealed(db: Read): Promise<boolean> {
  return (await unsealed(db, 1).executeTakeFirst()) !== undefined
}

/** `oldest` in milliseconds. */
export async function countUnsealed(db: Read): Promise<{ events: number; oldest: number | undefined }> {
  const row = await db
    .selectFrom('audit_events')
    .select((event) => [event.fn.countAll<number>().as('events'), event.fn.min('at').as('oldest')])
    .where('block', 'is', null)
    .executeTakeFirstOrThrow()
  return { events: Number(row.events), oldest: row.oldest ?? undefined }
}

/**
 * In the order of the index that finds them, so that it is the one that is asked: PostgreSQL, which had last counted many of them, went through
 * all that is sealed to find them, in the order of ids.
 */
function unsealed(db: Read, most: number) {
  return db.selectFrom('audit_events').select('id').where('block', 'is', null).orderBy('block').limit(most)
}

/**
 * `block is null`, said in a way that no index answers: PostgreSQL, which had last counted none of them, went through them all for each that
 * it took.
 */
const STILL_UNSEALED = sql<SqlBool>`(block is null) is true`

/** Takes events into a block; they come in order of id. What another instance takes at the same time is passed over. */
export async function claimUnsealed(tx: Tx, block: number, most: number): Promise<SealedEvent[]> {
  const events = await tx
    .updateTable('audit_events')
    .set({ block })
    .where('id', 'in', unsealed(tx, most))
    .where(STILL_UNSEALED)
    .returningAll()
    .execute()
  return events.toSorted((a, b) => a.id - b.id)
}

/** Whether the block's number was free. */
export async function insertBlock(tx: Tx, block: Block): Promise<boolean> {
  const made = await tx
    .insertInto('audit_blocks')
    .values(block)
    .onConflict((conflict) => conflict.doNothing())
    .returning('number')
    .execute()
  return made.length > 0
}

/** Blocks after a number, up to and with another, in order. */
export function blocksAfter(db: Read, after: number, last: number, most: number): Promise<Block[]> {
  return db
    .selectFrom('audit_blocks')
    .selectAll()
    .where('number', '>', after)
    .where('number', '<=', last)
    .orderBy('number')
    .limit(most)
    .execute()
}

export function eventsOf(db: Read, first: number, last: number, most: number): Promise<SealedEvent[]> {
  return db
    .selectFrom('audit_events')
    .selectAll()
    .where('block', '>=', first)
    .where('block', '<=', last)
    .orderBy('block')
    .orderBy('id')
    .limit(most)
    .execute()
}

/** A block number that events name and that no block has. */
export async function findOrphans(db: Read): Promise<number | undefined> {
  const row = await db
    .selectFrom('audit_events')
    .select('block')
    .where('block', 'is not', null)
    .where((event) =>
      event.not(event.exists(event.selectFrom('audit_blocks').select('number').whereRef('number', '=', 'audit_events.block'))),
    )
    .limit(1)
    .executeTakeFirst()
  return row?.block ?? undefined
}

/** A block below where the chain is said to begin. */
export async function isAnyBlockUpTo(db: Read, number: number): Promise<boolean> {
  return (await db.selectFrom('audit_blocks').select('number').where('number', '<=', number).limit(1).executeTakeFirst()) !== undefined
}

export async function findPruned(db: Read): Promise<string | undefined> {
  return (await db.selectFrom('facts').select('value').where('name', '=', 'audit-pruned').executeTakeFirst())?.value
}

export async function savePruned(tx: Tx, value: string): Promise<void> {
  await tx
    .insertInto('facts')
    .values({ name: 'audit-pruned', value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute()
}

/** The last of at most so many blocks that were sealed before a time and that are not the newest. */
export async function findPrunable(db: Read, before: number, most: number): Promise<Block | undefined> {
  const newest = await lastBlock(db)
  if (newest === undefined) return undefined
  const blocks = await db.selectFrom('audit_blocks').selectAll().where('number', '<', newest.number).orderBy('number').limit(most).execute()
  const young = blocks.findIndex(({ sealed_at }) => sealed_at >= before)
  return young < 0 ? blocks.at(-1) : blocks[young - 1]
}

/** False if it is gone already. */
export async function deleteBlock(tx: Tx, number: number): Promise<boolean> {
  return (await tx.deleteFrom('audit_blocks').where('number', '=', number).returning('number').executeTakeFirst()) !== undefined
}

export async function deleteUpTo(tx: Tx, number: number): Promise<number> {
  const { numDeletedRows } = await tx.deleteFrom('audit_events').where('block', '<=', number).executeTakeFirstOrThrow()
  await tx.deleteFrom('audit_blocks').where('number', '<=', number).execute()
  return Number(numDeletedRows)
}

export function eventsAbout(db: Read, subject: string, most: number): Promise<SealedEvent[]> {
  return db
    .selectFrom('audit_events')
    .selectAll()
    .where('subject', '=', subject)
    .where(ABOUT_A_PERSON)
    .orderBy('id', 'desc')
    .limit(most)
    .execute()
}
