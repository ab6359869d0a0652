import { confirm, isCancel, log, note, password, select } from '@clack/prompts'
import { canErase } from './abilities.ts'
import { promptForCode } from './code-prompt.ts'
import { showLive } from './live-view.ts'
import { Cancelled, type Option, type Person } from './person.ts'

/** A person at a terminal. Every question throws `Cancelled` for Ctrl-C or Escape. Only standard output is a screen for more than questions. */
export function personAt(output: NodeJS.WriteStream): Person {
  const askSecret: Person['askSecret'] = async (message, check) =>
    answered(await password({ message, validate: (typed) => check(typed ?? ''), output }))
  return {
    // Where nothing can be erased, a code is not shown while it is typed either.
    askCode: async (question) =>
      canErase() ? answered(await promptForCode(question, output)) : askSecret(question.message, question.check),
    askSecret,
    screen: output === process.stdout ? { note, warn: log.warn, askYesNo, askWhich, showLive } : undefined,
  }
}

async function askYesNo(message: string, initial: boolean): Promise<boolean> {
  const answer = await confirm({ message, initialValue: initial })
  if (isCancel(answer)) throw new Cancelled()
  return answer
}

async function askWhich<T extends string>(message: string, options: readonly Option<T>[]): Promise<T> {
  const answer = await select<string>({ message, options: [...options] })
  const chosen = options.find(({ value }) => value === answer)
  if (chosen === undefined) throw new Cancelled()
  return chosen.value
}

function answered(answer: string | symbol | undefined): string {
  if (typeof answer !== 'string') throw new Cancelled()
  return answer
}
