import type { Context } from '@latchkey/server/context'
import { questionsState } from '@latchkey/server/questions/has-questions'
import { openQuestions } from '@latchkey/server/questions/open-questions'
import { listTokens, type TokenView } from '@latchkey/server/tokens/list-tokens'
import { resumeToken } from '@latchkey/server/tokens/resume-token'
import { findUserByName } from '@latchkey/server/users/find-user'
import { listAddresses } from '@latchkey/server/users/list-addresses'
import type { Person } from '@latchkey/server/users/person'
import type { Command } from 'commander'
import { labelled } from '../terminal/output.ts'
import { type Answer, type RefusedAnswer, refuse } from './answer.ts'
import { administrative } from './command.ts'
import { COMMAND_LINE, type Options, runOnData } from './run.ts'

/** The commands of `latchkey user` for what a person proves who they are with, where they cannot help themselves. */
export function factorCommands(): Command[] {
  return [
    administrative('show', 'show a person: addresses, soft tokens and their state, security questions')
      .argument('<name>', 'the user name')
      .action((name: string, options: Options) => runOnData(options, (context) => withPerson(context, name, show))),
    administrative('resume-token', 'take a suspended soft token back into use, once it is certain that its owner has it')
      .argument('<name>', 'the user name')
      .argument('<serial>', 'its serial number, as show has it')
      .action((name: string, serial: string, options: Options) =>
        runOnData(options, (context) => withPerson(context, name, (_, person) => resume(context, person, serial))),
      ),
    administrative('open-questions', 'open security questions that are locked after wrong answers')
      .argument('<name>', 'the user name')
      .action((name: string, options: Options) => runOnData(options, (context) => withPerson(context, name, open))),
  ]
}

export const NO_SUCH_USER = refuse('no-such-user', 'There is no such person. See: latchkey user list')

/** What is done to the person with that name, if there is one. */
export async function withPerson(
  context: Context,
  name: string,
  act: (context: Context, person: Person) => Promise<Answer>,
): Promise<Answer> {
  const person = await findUserByName(context, name)
  return person === undefined ? NO_SUCH_USER : act(context, person)
}

async function show(context: Context, person: Person): Promise<Answer> {
  const [tokens, addresses, questions] = await Promise.all([
    listTokens(context, person.id),
    listAddresses(context, person.id),
    questionsState(context, person.id),
  ])
  const { loginName: userName, displayName, role, state, enrolledAt } = person
  const emails = addresses.map(({ address, verifiedAt }) => ({ address, verified: verifiedAt !== undefined }))
  const json = { userName, displayName, role, state, enrolled: enrolledAt !== undefined, emails, questions, tokens: tokens.map(jsonOf) }
  const lines = [
    labelled('User name', userName),
    labelled('Display name', displayName),
    labelled('Role', role),
    labelled('State', enrolledAt === undefined ? `${state}, not set up yet` : state),
    ...emails.map(({ address, verified }) => labelled('Mail address', verified ? address : `${address} (not verified)`)),
    labelled('Security questions', questions),
    ...tokens.map((token) => labelled('Soft token', lineOf(token))),
  ]
  return { ok: true, json, lines }
}

function jsonOf({ serialNumber, label, state, reason, lastUsedAt }: TokenView) {
  return { serialNumber, label, state, reason: reason ?? null, lastUsedAt: lastUsedAt ?? null }
}

function lineOf({ serialNumber, label, state, reason }: TokenView): string {
  return `${serialNumber}  ${reason === undefined ? state : `${state} (${reason})`}  ${label}`
}

const NOT_SUSPENDED = refuse('no-such-token', 'This person has no suspended soft token with that serial number. See: latchkey user show')

async function resume(context: Context, { id, loginName: userName }: Person, typed: string): Promise<Answer> {
  const digits = (serial: string): string => serial.replaceAll(/[ -]/g, '')
  const meant = (await listTokens(context, id)).find(({ serialNumber }) => digits(serialNumber) === digits(typed))
  if (meant === undefined) return NOT_SUSPENDED
  const { outcome } = await resumeToken(context, COMMAND_LINE, id, meant.id)
  if (outcome !== 'resumed') return NOT_SUSPENDED
  const { serialNumber } = meant
  const line = `The soft token ${serialNumber} of ${userName} is active. ${userName} was told by mail.`
  return { ok: true, json: { userName, serialNumber, state: 'active' }, lines: [line] }
}

const NOT_LOCKED: RefusedAnswer = refuse('not-locked', 'The security questions of this person are not locked.')

async function open(context: Context, { id, loginName: userName }: Person): Promise<Answer> {
  const { outcome } = await openQuestions(context, COMMAND_LINE, id)
  if (outcome === 'not-locked') return NOT_LOCKED
  return { ok: true, json: { userName, questions: 'set' }, lines: [`The security questions of ${userName} are open again.`] }
}
