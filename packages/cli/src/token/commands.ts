import { parseSerialNumber, printSerialNumber } from '@latchkey/protocol/codes/serial-number'
import type { IdentitySummary } from '@latchkey/soft-token/identity/list-identities'
import { nameOf } from '@latchkey/soft-token/identity/rules'
import { Command } from 'commander'
import type { Person } from '../terminal/person.ts'
import { add } from './add.ts'
import { type Answer, refuse } from './answer.ts'
import { code } from './code.ts'
import { details, list } from './details.ts'
import { sayRefusal } from './refusals.ts'
import { remove, rename } from './remove.ts'
import { run, WrongUsage } from './run.ts'
import { unlock } from './unlock.ts'
import { chooseIdentity, contentOf, unreadableRefusal, type Vault, type VaultContent } from './vault.ts'

type Options = { json?: boolean }
const JSON_OPTION = ['--json', 'print one JSON value, for programs'] as const
const WHICH = ['[name]', 'its name or serial number; may be left out where there is one identity'] as const

/** `latchkey token …`: the soft token for a terminal (journeys, G). */
export function tokenCommands(): Command {
  return new Command('token')
    .description('the soft token for this terminal: security codes behind a PIN, with no network at all')
    .addCommand(addCommand())
    .addCommand(codeCommand())
    .addCommand(onOne('unlock', 'unlock an identity, or change its PIN', unlock))
    .addCommand(onOne('details', 'show all that may be told without the PIN', async (vault, _person, identity) => details(vault, identity)))
    .addCommand(listCommand())
    .addCommand(renameCommand())
    .addCommand(removeCommand())
}

function addCommand(): Command {
  return new Command('add')
    .description('add an identity: asks for the activation code and a new PIN, shows the registration code')
    .argument('<name>', 'a name of your choice, such as Work')
    .requiredOption('--serial <serial>', 'the serial number, such as 04829-15736')
    .option(...JSON_OPTION)
    .action((name: string, options: Options & { serial: string }) =>
      run(options, (vault, person) => add(vault, person, checkedName(name), options.serial)),
    )
}

function codeCommand(): Command {
  return new Command('code')
    .description('show a security code: asks for the PIN')
    .argument(...WHICH)
    .option('--copy', 'put the code on the clipboard as well')
    .option(...JSON_OPTION)
    .action((name: string | undefined, options: Options & { copy?: boolean }) =>
      run(options, (vault, person) => withOne(vault, person, name, (one) => code(vault, person, one, { copy: options.copy === true }))),
    )
}

function onOne(
  command: string,
  description: string,
  verb: (vault: Vault, person: Person, one: IdentitySummary) => Promise<Answer>,
): Command {
  return new Command(command)
    .description(description)
    .argument(...WHICH)
    .option(...JSON_OPTION)
    .action((name: string | undefined, options: Options) =>
      run(options, (vault, person) => withOne(vault, person, name, (one) => verb(vault, person, one))),
    )
}

function listCommand(): Command {
  return new Command('list')
    .description('list the identities')
    .option(...JSON_OPTION)
    .action((options: Options) => run(options, async (vault) => list(await contentOf(vault))))
}

function renameCommand(): Command {
  return new Command('rename')
    .description('give an identity another name')
    .argument('<name>', 'its name now')
    .argument('<new-name>', 'its new name')
    .option(...JSON_OPTION)
    .action((name: string, newName: string, options: Options) =>
      run(options, (vault, person) => withOne(vault, person, name, (one) => rename(vault, one, checkedName(newName)))),
    )
}

function removeCommand(): Command {
  return new Command('remove')
    .description('remove an identity for good')
    .argument(...WHICH)
    .option(...JSON_OPTION)
    .action((name: string | undefined, options: Options) => run(options, (vault, person) => removeOne(vault, person, name)))
}

/** Only what cannot be read may be removed without being read, and only by its serial number. */
async function removeOne(vault: Vault, person: Person, name: string | undefined): Promise<Answer> {
  const serial = serialIn(name)
  const broken = (await contentOf(vault)).unreadable.find((one) => one.serial === serial)
  return broken === undefined ? withOne(vault, person, name, (one) => remove(vault, person, one)) : remove(vault, person, broken)
}

async function withOne(
  vault: Vault,
  person: Person,
  name: string | undefined,
  verb: (identity: IdentitySummary) => Promise<Answer>,
): Promise<Answer> {
  const content = await contentOf(vault)
  const chosen = chooseIdentity(content, name, serialIn(name))
  if ('refusal' in chosen) return refuse(chosen.refusal)
  if ('identity' in chosen) return verb(chosen.identity)
  if (person.screen === undefined) throw new WrongUsage(`there are several identities; name one: ${namesOf(chosen.ambiguous, content)}`)
  for (const broken of content.unreadable) person.screen.warn(sayRefusal(unreadableRefusal(broken)))
  const options = chosen.ambiguous.map(({ label, state, serial }) => ({ value: serial, label, hint: state }))
  const picked = await person.screen.askWhich('Which identity?', options)
  const identity = chosen.ambiguous.find(({ serial }) => serial === picked)
  return identity === undefined ? refuse({ error: 'no-such-identity' }) : verb(identity)
}

function namesOf(identities: readonly IdentitySummary[], { unreadable }: VaultContent): string {
  const broken = unreadable.map(({ serial }) => `${printSerialNumber(serial)}, which cannot be read`)
  return [...identities.map(({ label }) => label), ...broken].join(', ')
}

function serialIn(name: string | undefined) {
  const read = name === undefined ? undefined : parseSerialNumber(name)
  return read?.ok === true ? read.serial : undefined
}

function checkedName(typed: string): string {
  const name = nameOf(typed)
  if (name === undefined) throw new WrongUsage('a name has 1 to 40 characters, none of them a control character')
  return name
}
