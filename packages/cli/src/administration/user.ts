import type { Context } from '@latchkey/server/context'
import type { Role, UserState } from '@latchkey/server/db/columns'
import type { UserId } from '@latchkey/server/ids'
import { type Invited, inviteAgain, inviteUser } from '@latchkey/server/operate/invite-user'
import { findUserByName } from '@latchkey/server/users/find-user'
import { type ListedPerson, listUsers } from '@latchkey/server/users/list-users'
import type { Person } from '@latchkey/server/users/person'
import { removeUser } from '@latchkey/server/users/remove-user'
import { resumeUser } from '@latchkey/server/users/resume-user'
import { suspendUser } from '@latchkey/server/users/suspend-user'
import { Command, Option } from 'commander'
import { labelled, standingOut } from '../terminal/output.ts'
import { type Answer, type RefusedAnswer, refuse } from './answer.ts'
import { administrative } from './command.ts'
import { factorCommands, NO_SUCH_USER, withPerson } from './factors.ts'
import { COMMAND_LINE, type Options, runOnData } from './run.ts'

/** `latchkey user …` (journeys, G). */
export function userCommands(): Command {
  const people = new Command('user')
    .description('people: add, invite, list, show, suspend, resume, remove; resume-token and open-questions for who cannot help themselves')
    .addCommand(addCommand())
    .addCommand(inviteCommand())
    .addCommand(administrative('list', 'list people').action((options: Options) => runOnData(options, list)))
    .addCommand(onOne('suspend', 'keep a person out until they are resumed; their sessions end', 'suspended', suspendUser))
    .addCommand(onOne('resume', 'let a suspended person in again', 'active', resumeUser))
    .addCommand(onOne('remove', 'remove a person for good, and erase what is known of them', 'removed', removeUser))
  for (const command of factorCommands()) people.addCommand(command)
  return people
}

type NewUser = Options & { email: string; displayName?: string; role: Role }

function addCommand(): Command {
  return administrative('add', 'add a person; prints the link by which they set up their account, and mails it to them')
    .argument('<name>', 'the user name')
    .requiredOption('--email <address>', 'their mail address')
    .option('--display-name <name>', 'the name that they are greeted by')
    .addOption(new Option('--role <role>', 'what they may do').choices(['user', 'helpdesk', 'admin']).default('user'))
    .action((name: string, options: NewUser) => runOnData(options, (context) => add(context, name, options)))
}

function inviteCommand(): Command {
  return administrative('invite', 'invite again who has not set up their account: prints another link and mails it; the one before is over')
    .argument('<name>', 'the user name')
    .action((name: string, options: Options) => runOnData(options, (context) => withPerson(context, name, invite)))
}

const NOT_INVITED = {
  suspended: 'This person is suspended. Resume them first: latchkey user resume',
  enrolled: 'This account is set up. Whoever forgot the password or lost the token helps themselves: the sign-in page leads there.',
} as const

async function invite(context: Context, { id, loginName }: Person): Promise<Answer> {
  const invited = await inviteAgain(context, COMMAND_LINE, id)
  if (invited.outcome === 'no-such-user') return NO_SUCH_USER
  if (invited.outcome !== 'invited') return refuse(invited.outcome, NOT_INVITED[invited.outcome])
  return invitation(loginName, invited.enrolmentLink)
}

function invitation(userName: string, enrolmentLink: string): Answer {
  return {
    ok: true,
    json: { userName, enrolmentLink },
    lines: [
      labelled('User name', userName),
      labelled('Enrolment link', standingOut(enrolmentLink)),
      'Good once, for 3 days. It was mailed, too.',
    ],
  }
}

async function add(context: Context, name: string, { email, displayName, role }: NewUser): Promise<Answer> {
  const invited = await inviteUser(context, COMMAND_LINE, { name, email, displayName, role })
  if (invited.outcome !== 'added') return notAdded(invited)
  const { enrolmentLink } = invited
  const userName = (await findUserByName(context, name))?.loginName ?? name
  return invitation(userName, enrolmentLink)
}

const FIELDS = { name: 'user name', email: 'mail address', displayName: 'display name', locale: 'language', timeZone: 'time zone' } as const
const REASONS = {
  empty: 'is empty',
  'too-long': 'is too long',
  characters: 'has characters that are not allowed in one',
  form: 'is not well formed',
  'name-of-another': 'is the user name of another person',
  unknown: 'is not known',
} as const

function notAdded(refused: Exclude<Invited, { outcome: 'added' }>): RefusedAnswer {
  if (refused.outcome === 'name-taken')
    return refuse('name-taken', 'This user name is taken, or was once: none is ever given again. Choose another.')
  const { field, reason } = refused
  return { ...refuse('malformed', `The ${FIELDS[field]} ${REASONS[reason]}.`), json: { field, reason } }
}

const PAGE = 500

async function list(context: Context): Promise<Answer> {
  const people: ListedPerson[] = []
  for (let after = ''; ; ) {
    const page = await listUsers(context, { after, limit: PAGE })
    people.push(...page)
    if (page.length < PAGE) break
    after = page.at(-1)?.loginName ?? after
  }
  const json = people.map(({ loginName, displayName, email, role, state }) => ({
    userName: loginName,
    displayName,
    email: email ?? null,
    role,
    state,
  }))
  const lines = people.map(
    ({ loginName, role, state, email }) => `${loginName.padEnd(24)}  ${role.padEnd(8)}  ${state.padEnd(9)}  ${email ?? ''}`,
  )
  return { ok: true, json, lines: lines.length > 0 ? lines : ['Nobody yet. Begin with: latchkey user add NAME --email ADDRESS'] }
}

type Verb = (context: Context, by: typeof COMMAND_LINE, user: UserId) => Promise<{ outcome: string }>

function onOne(command: string, description: string, state: UserState, verb: Verb): Command {
  return administrative(command, description)
    .argument('<name>', 'the user name')
    .action((name: string, options: Options) =>
      runOnData(options, (context) =>
        withPerson(context, name, async (_, { id, loginName: userName }) => {
          const { outcome } = await verb(context, COMMAND_LINE, id)
          if (outcome === 'no-such-user') return refuse(outcome, 'There is no such person in that state. See: latchkey user list')
          if (outcome === 'last-administrator') return refuse(outcome, LAST_ADMINISTRATOR)
          return { ok: true, json: { userName, state }, lines: [`${userName} is ${state}.`] }
        }),
      ),
    )
}

const LAST_ADMINISTRATOR =
  'This is the last administrator who can sign in. Make another one first: latchkey user add NAME --email ADDRESS --role admin'
