import { readFileSync } from 'node:fs'
import { chainState } from '@latchkey/server/audit/chain-state'
import { type Checkpoint, parseCheckpoint } from '@latchkey/server/audit/checkpoint'
import { pruneBlocks } from '@latchkey/server/audit/prune-blocks'
import { sealBlocks } from '@latchkey/server/audit/seal-blocks'
import { type Flaw, verifyChain } from '@latchkey/server/audit/verify-chain'
import type { Context } from '@latchkey/server/context'
import { Command } from 'commander'
import { type Answer, refuse } from './answer.ts'
import { administrative } from './command.ts'
import { COMMAND_LINE, type Options, runOnData } from './run.ts'

/** `latchkey audit …` (journeys, G). */
export function auditCommands(): Command {
  return new Command('audit')
    .description('the audit log: verify it, take a checkpoint of it, prune it')
    .addCommand(
      administrative('verify', 'find what was altered, deleted, inserted or moved; with a checkpoint, also what was cut off')
        .option('--checkpoint <file>', 'what latchkey audit checkpoint printed, kept elsewhere')
        .action((options: Options & { checkpoint?: string }) => runOnData(options, (context) => verify(context, options.checkpoint))),
    )
    .addCommand(
      administrative('checkpoint', 'print the signed end of the log, to be kept elsewhere').action((options: Options) =>
        runOnData(options, checkpoint),
      ),
    )
    .addCommand(
      administrative('prune', 'delete old blocks, and leave a signed statement of where the log begins')
        .requiredOption('--before <date>', 'such as 2026-01-31')
        .action((options: Options & { before: string }) => runOnData(options, (context) => prune(context, options.before))),
    )
}

const FLAWS: Readonly<Record<Flaw, string>> = {
  'block-missing': 'a block is missing',
  'block-altered': 'the block was altered',
  'chain-broken': 'the block does not follow the one before it',
  'events-altered': 'events of the block, or the block, were altered',
  'events-missing': 'events of the block are missing',
  'events-added': 'events were added to the block',
  'signature-wrong': 'the signature is wrong',
  'key-unknown': 'it was signed by a key that is not known here',
  'beginning-forged': 'the statement of where the log begins is forged',
  truncated: 'the log was cut off, or is older than the checkpoint',
  'differs-from-checkpoint': 'the block is another than the checkpoint says',
  'checkpoint-forged': 'the checkpoint was not signed here',
  'checkpoint-pruned': 'the checkpoint is older than where the log was pruned: take a newer one',
}

async function verify(context: Context, file: string | undefined): Promise<Answer> {
  const known = file === undefined ? undefined : readCheckpoint(file)
  if (file !== undefined && known === undefined) return refuse('checkpoint', `The file ${file} holds no checkpoint.`)
  const verified = await verifyChain(context, known)
  const { blocks, events } = verified
  if (verified.whole) {
    const rest = verified.unsealed > 0 ? `; ${verified.unsealed} more wait to be sealed` : ''
    return { ok: true, json: { blocks, events, whole: true }, lines: [`Whole: ${blocks} blocks, ${events} events${rest}.`] }
  }
  const { flaw, block } = verified
  const line = `The audit log is not whole, in block ${block}: ${FLAWS[flaw]}. Keep a copy of the database, and find out who could write it.`
  return { ok: false, error: flaw, line, json: { blocks, events, whole: false, block } }
}

function readCheckpoint(file: string): Checkpoint | undefined {
  return parseCheckpoint(readFileSync(file, 'utf8'))
}

async function checkpoint(context: Context): Promise<Answer> {
  await sealBlocks(context)
  const verified = await verifyChain(context)
  if (!verified.whole) return refuse(verified.flaw, 'The audit log is not whole: see latchkey audit verify')
  if (verified.checkpoint === undefined) return refuse('empty', 'There is nothing in the audit log yet.')
  return { ok: true, json: verified.checkpoint, lines: [JSON.stringify(verified.checkpoint)] }
}

async function prune(context: Context, before: string): Promise<Answer> {
  const at = /^\d{4}-\d{2}-\d{2}/.test(before) ? Date.parse(before) : Number.NaN
  if (Number.isNaN(at)) return refuse('date', 'A date is written like 2026-01-31.')
  const verified = await verifyChain(context)
  if (!verified.whole) return refuse(verified.flaw, 'The audit log is not whole, and nothing of it is deleted: see latchkey audit verify')
  const events = await pruneBlocks(context, COMMAND_LINE, at)
  await sealBlocks(context)
  const { block } = await chainState(context)
  return { ok: true, json: { pruned: events, block }, lines: [`${events} events are gone; the log ends with block ${block}.`] }
}
