import { z } from 'zod'
import type { Block } from './hash-block.ts'
import type { Signer, Verifier } from './signing-key.ts'

/** A block's hash, signed: kept elsewhere, it shows later that nothing before it was cut off or changed. */
const Checkpoint = z.strictObject({
  latchkey: z.literal('audit-checkpoint'),
  block: z.int().min(1),
  hash: z.string(),
  /** When the block was sealed, in milliseconds. */
  at: z.int(),
  keyId: z.string(),
  signature: z.string(),
})
export type Checkpoint = z.infer<typeof Checkpoint>

export function checkpointOf({ number, hash, sealed_at, key_id, signature }: Block): Checkpoint {
  return { latchkey: 'audit-checkpoint', block: number, hash, at: sealed_at, keyId: key_id, signature }
}

/** Reads what `audit checkpoint` printed; undefined for anything else. */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  return parseAs(Checkpoint, text)
}

/** Where the chain begins since older blocks were pruned, signed for this purpose alone: a checkpoint cannot stand in for it. */
const Pruned = z.strictObject({ block: z.int().min(1), hash: z.string(), at: z.int(), keyId: z.string(), signature: z.string() })
export type Pruned = z.infer<typeof Pruned>

export function signPruned(signer: Signer, { number, hash }: Block, at: number): Pruned {
  const signature = signer.sign(textOfPruned({ block: number, hash, at }))
  return { block: number, hash, at, keyId: signer.id, signature }
}

/** Reads the statement and looks at its signature; undefined if either is wrong. */
export function openPruned(verifier: Verifier, text: string): Pruned | undefined {
  const pruned = parseAs(Pruned, text)
  return pruned !== undefined && verifier(pruned.keyId, textOfPruned(pruned), pruned.signature) === true ? pruned : undefined
}

function textOfPruned({ block, hash, at }: { block: number; hash: string; at: number }): string {
  return JSON.stringify(['latchkey/audit/pruned/1', block, hash, at])
}

function parseAs<T>(schema: z.ZodType<T>, text: string): T | undefined {
  try {
    return schema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}
