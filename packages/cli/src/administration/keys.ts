import type { Context } from '@latchkey/server/context'
import { keySourceOf } from '@latchkey/server/keys/load-keys'
import { rotateKeys } from '@latchkey/server/keys/rotate-keys'
import { replaceSigningKeys } from '@latchkey/server/signing-keys/replace-signing-keys'
import { rotateSigningKeys } from '@latchkey/server/signing-keys/rotate-signing-keys'
import { Command, Option } from 'commander'
import { type Answer, refuse } from './answer.ts'
import { administrative } from './command.ts'
import { COMMAND_LINE, type Options, runOnData } from './run.ts'

/** `latchkey keys rotate`. */
export function keysCommands(): Command {
  const rotate = administrative('rotate', 'a new key-encryption key: seals everything anew, also while servers run, and drops the old one')
    .option('--signing', 'instead: the keys that sign for relying parties')
    .addOption(
      new Option('--at-once', 'those, for keys that leaked: none of them is good any more, and sign-ins under way begin again').implies({
        signing: true,
      }),
    )
    .action((options: Options & { signing?: boolean; atOnce?: boolean }) =>
      options.signing === true
        ? runOnData(options, options.atOnce === true ? replaceSigning : rotateSigning)
        : runOnData(options, rotateEncryption, { waitedFor: false }),
    )
  return new Command('keys').description('rotate keys').addCommand(rotate)
}

async function rotateEncryption(context: Context): Promise<Answer> {
  const rotated = await rotateKeys(context, COMMAND_LINE, keySourceOf(context.config))
  switch (rotated.outcome) {
    case 'rotated': {
      const { keyId, resealed, dropped } = rotated
      const old = dropped
        ? 'The old key is gone; backups from before need it: keep a copy of the old key file with them.'
        : 'Nothing needs the older keys now: take them out where the keys come from.'
      return { ok: true, json: { keyId, resealed, dropped }, lines: [`${resealed} values are sealed under the key ${keyId}. ${old}`] }
    }
    case 'superseded':
      return refuse('superseded', 'Another rotation was begun meanwhile and goes on with what this one did. All keys stay until it ends.')
    case 'unreadable':
      return refuse(
        'unreadable',
        `A value in ${rotated.table}.${rotated.column} opens with none of the keys: it was altered or moved. The old keys stay.`,
      )
    case 'server-behind':
      return refuse(
        'server-behind',
        'A running server does not use the new key yet. Give it the key file, send it SIGHUP, and run this again. The old keys stay.',
      )
  }
}

async function replaceSigning(context: Context): Promise<Answer> {
  await replaceSigningKeys(context, COMMAND_LINE)
  return {
    ok: true,
    json: { replaced: true },
    lines: ['New keys sign from now on; none of those that were verifies here any more. Restart applications that keep keys for long.'],
  }
}

async function rotateSigning(context: Context): Promise<Answer> {
  const { outcome } = await rotateSigningKeys(context, COMMAND_LINE)
  if (outcome === 'rotated')
    return { ok: true, json: { rotated: true }, lines: ['The next keys sign from now on; the old ones verify for a day more.'] }
  return refuse(outcome, 'The next keys are not published for long enough. Try again later, or with --at-once if a key leaked.')
}
