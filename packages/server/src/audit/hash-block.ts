import { hash } from 'node:crypto'
import type { Selectable } from 'kysely'
import type { Schema } from '../db/schema.ts'

export type SealedEvent = Selectable<Schema['audit_events']>
export type Block = Selectable<Schema['audit_blocks']>
/** What a block says of itself, before its hash. */
export type BlockHead = Omit<Block, 'hash' | 'signature'>

/** What stands before the first block. */
export const BEGINNING = Buffer.alloc(32).toString('base64url')

/**
 * The hash of a block: SHA-256, base64url, over every column of the block but hash and signature, and over every column of its events,
 * in order of their ids. JSON arrays of fixed length are the canonical form: no two contents have the same.
 */
export function hashBlock(head: BlockHead, events: readonly SealedEvent[]): string {
  const { realm_id, number, first_event, last_event, previous_hash, key_id, sealed_at } = head
  const first = ['latchkey/audit/block/1', realm_id, number, first_event, last_event, head.events, previous_hash, key_id, sealed_at]
  return hash('sha256', [JSON.stringify(first), ...events.map(canonical)].join('\n'), 'base64url')
}

function canonical(event: SealedEvent): string {
  const { realm_id, id, at, action, outcome, subject, actor, object, door, request, sealed_origin, block } = event
  const origin = sealed_origin === null ? null : Buffer.from(sealed_origin).toString('base64url')
  return JSON.stringify([realm_id, id, at, action, outcome, subject, actor, object, door, request, origin, block])
}
