import { endApiKey } from '@latchkey/server/api-keys/end-api-key'
import { listApiKeys } from '@latchkey/server/api-keys/list-api-keys'
import { makeApiKey } from '@latchkey/server/api-keys/make-api-key'
import type { Context } from '@latchkey/server/context'
import { Command } from 'commander'
import { labelled, standingOut } from '../terminal/output.ts'
import { type Answer, refuse } from './answer.ts'
import { administrative } from './command.ts'
import { COMMAND_LINE, type Options, runOnData } from './run.ts'

/** `latchkey api-key …`. */
export function apiKeyCommands(): Command {
  return new Command('api-key')
    .description('keys of programs that validate security codes')
    .addCommand(
      administrative('add', 'make a key; it is shown once')
        .argument('<name>', 'which program it is for')
        .action((name: string, options: Options) => runOnData(options, (context) => add(context, name))),
    )
    .addCommand(administrative('list', 'list the keys').action((options: Options) => runOnData(options, list)))
    .addCommand(
      administrative('remove', 'revoke a key')
        .argument('<id>', 'its id, as list shows it')
        .action((id: string, options: Options) => runOnData(options, (context) => remove(context, id))),
    )
}

async function add(context: Context, name: string): Promise<Answer> {
  const made = await makeApiKey(context, COMMAND_LINE, name)
  if (made.outcome !== 'made') return refuse(made.outcome, 'A name has 1 to 60 characters, none of them a control character.')
  const { id, secret } = made
  return {
    ok: true,
    json: { id, name, key: secret },
    lines: [labelled('Id', id), labelled('Key', standingOut(secret)), 'It is shown this once.'],
  }
}

async function list(context: Context): Promise<Answer> {
  const keys = await listApiKeys(context)
  const json = keys.map(({ id, name, scope, createdAt, lastUsedAt }) => ({
    id,
    name,
    scope,
    createdAt: new Date(createdAt).toISOString(),
    lastUsedAt: lastUsedAt === undefined ? null : new Date(lastUsedAt).toISOString(),
  }))
  return { ok: true, json, lines: json.map(({ id, name, lastUsedAt }) => `${id}  ${(lastUsedAt ?? 'never used').padEnd(24)}  ${name}`) }
}

async function remove(context: Context, id: string): Promise<Answer> {
  const { outcome } = await endApiKey(context, COMMAND_LINE, id)
  if (outcome !== 'ended') return refuse(outcome, 'There is no such key. See: latchkey api-key list')
  return { ok: true, json: { id, ended: true }, lines: ['The key is revoked.'] }
}
