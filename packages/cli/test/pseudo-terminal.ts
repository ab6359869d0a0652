import { spawn } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { stripVTControlCharacters as textOf } from 'node:util'
import { LATCHKEY } from './command-line.ts'

const PATIENCE_MS = 20_000
const POLL_MS = 20

export type TerminalOptions = { rows?: number; columns?: number; environment?: Record<string, string> }

/** The real command line at a pseudo-terminal, which `script` (util-linux) opens. */
export function atTerminal(vault: string, args: readonly string[], { rows = 24, columns = 80, environment = {} }: TerminalOptions = {}) {
  const command = [process.execPath, LATCHKEY, ...args].map((word) => `'${word}'`).join(' ')
  const child = spawn('script', ['-qfec', `stty rows ${rows} cols ${columns}; echo "pid $$"; exec ${command}`, '/dev/null'], {
    env: { ...process.env, TERM: 'xterm', LC_ALL: 'C.UTF-8', LATCHKEY_VAULT: vault, LATCHKEY_KEYRING: 'off', ...environment },
  })
  let written = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    written += text
  })
  child.stdin.on('error', () => undefined)
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  /** How far in the text the last wait came. */
  let seen = 0
  const waitFor = async (wanted: RegExp): Promise<string> => {
    for (const giveUpAt = Date.now() + PATIENCE_MS; Date.now() < giveUpAt; await pause(POLL_MS)) {
      const found = wanted.exec(textOf(written).slice(seen))
      if (found === null) continue
      seen += found.index + found[0].length
      return found[1] ?? found[0]
    }
    throw new Error(`${wanted} was not written, but:\n${JSON.stringify(textOf(written).slice(seen))}`)
  }
  const pid = waitFor(/pid (\d+)\r?\n/).then(Number)
  return {
    waitFor,
    type: (text: string) => child.stdin.write(text),
    /** Ends the command itself. */
    signal: async (signal: NodeJS.Signals) => process.kill(await pid, signal),
    /** Closes the terminal, as its window does. */
    hangUp: () => child.kill('SIGKILL'),
    ended,
    written: async () => {
      const line = `pid ${await pid}\r\n`
      return written.slice(written.indexOf(line) + line.length)
    },
  }
}
