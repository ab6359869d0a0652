import { personBehind } from '../terminal/lines.ts'
import { printJson, printLines, sayError } from '../terminal/output.ts'
import { Cancelled, NoAnswer, type Person } from '../terminal/person.ts'
import { personAt } from '../terminal/screen.ts'
import type { Answer } from './answer.ts'
import { objectOfRefusal, type Refusal, sayRefusal } from './refusals.ts'
import { storageRefusal } from './storage-refusal.ts'
import { openVault, type Vault } from './vault.ts'

/** Exit codes (journeys, G). */
const REFUSED = 1
const WRONG_USAGE = 2

/** Wrong usage that the parser of the command line cannot see. */
export class WrongUsage extends Error {}

/** Runs a command and tells how it ended: JSON or lines on standard output, a refusal as one line on standard error, the exit code. */
export async function run(options: { json?: boolean }, command: (vault: Vault, person: Person) => Promise<Answer>): Promise<void> {
  const json = options.json === true
  let person: (Person & { close: () => void }) | undefined
  try {
    person = whoAnswers(json)
    tell(await command(openVault(process.env), person), json)
  } catch (error) {
    const refusal: Refusal | undefined = error instanceof Cancelled ? { error: 'left' } : storageRefusal(error)
    if (refusal !== undefined) tell({ ok: false, refusal }, json)
    else tellFailure(error)
  } finally {
    person?.close()
  }
}

/** With `--json`, or where standard output is no terminal, questions go to standard error and nothing but the answer to standard output. */
function whoAnswers(json: boolean): Person & { close: () => void } {
  const output = json || !process.stdout.isTTY ? process.stderr : process.stdout
  if (!process.stdin.isTTY) return personBehind(process.stdin)
  // What a person typed unasked, the terminal would show.
  if (!output.isTTY)
    throw new WrongUsage('There is no terminal to ask on: standard error leads elsewhere. Leave it, or give the answers on standard input.')
  return { ...personAt(output), close: () => undefined }
}

function tell(answer: Answer, json: boolean): void {
  if (answer.ok) {
    if (json) printJson(answer.json)
    else printLines(answer.lines)
    return
  }
  process.exitCode = REFUSED
  if (json) printJson({ ...objectOfRefusal(answer.refusal), ...answer.beside?.json })
  else printLines(answer.beside?.lines ?? [])
  sayError(sayRefusal(answer.refusal))
}

function tellFailure(error: unknown): void {
  if (error instanceof WrongUsage || error instanceof NoAnswer) {
    process.exitCode = WRONG_USAGE
    sayError(error.message)
  } else {
    throw error
  }
}
