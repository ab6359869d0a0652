import { Command, CommanderError } from 'commander'
import { versionOf } from './administration/version.ts'
import { sayError } from './terminal/output.ts'
import { tokenCommands } from './token/commands.ts'

const WRONG_USAGE = 2
const FAILED = 1

/** The command line. Wrong usage ends with 2, as does anything that the parser refuses; help with 0. */
export async function main(argv: readonly string[]): Promise<void> {
  const program = new Command('latchkey')
    .description('Strong authentication whose second factor people recover by themselves.')
    .version(versionOf())
    .addCommand(tokenCommands())
  for (const command of await commandsOfTheServer(argv)) program.addCommand(command)
  for (const command of commandsBelow(program)) {
    command.exitOverride().configureOutput({ outputError: () => undefined })
  }
  process.stdout.on('error', (error: NodeJS.ErrnoException) => endWithoutOutput(error))
  try {
    if (argv.length === 0) program.outputHelp()
    else await program.parseAsync(argv, { from: 'user' })
  } catch (error) {
    tellFailure(error)
  }
}

/** The soft token starts without the server's modules: it is to answer at once. */
async function commandsOfTheServer([first]: readonly string[]): Promise<Command[]> {
  if (first === 'token') return []
  const { administrationCommands } = await import('./administration/commands.ts')
  const { serveCommand } = await import('./serve/command.ts')
  return [serveCommand(), ...administrationCommands()]
}

/** Whoever read the answer is gone, or it cannot be written: that is no success. */
function endWithoutOutput(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') sayError(`The answer cannot be written: ${error.message}.`)
  process.exit(FAILED)
}

function commandsBelow(command: Command): Command[] {
  return [command, ...command.commands.flatMap(commandsBelow)]
}

/** What was given too much is not said again: it may be a PIN. */
function whatWasWrong(error: CommanderError): string {
  if (error.code === 'commander.excessArguments') return 'too many arguments; codes and PINs are asked for, never arguments'
  return error.message.replace(/^error: /, '')
}

function tellFailure(error: unknown): void {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return
    process.exitCode = WRONG_USAGE
    if (error.code !== 'commander.help') sayError(`${whatWasWrong(error)} (see: latchkey --help)`)
    return
  }
  process.exitCode = FAILED
  const reason = error instanceof Error ? error.message : String(error)
  sayError(`Something went wrong inside Latchkey: ${reason}. Nothing more was done. With LATCHKEY_DEBUG=1 it says where.`)
  if (process.env.LATCHKEY_DEBUG === '1' && error instanceof Error) process.stderr.write(`${error.stack}\n`)
}
