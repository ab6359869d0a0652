import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

type Answer = Readonly<Record<string, unknown>>
/** The other implementation, computing on request: `serve_lines.py`. */
export type Oracle = { ask: (op: string, fields: object) => Promise<Answer>; close: () => void }

export function openOracle(python: string): Oracle {
  const child: ChildProcess = spawn(python, [join(import.meta.dirname, 'serve_lines.py')], { stdio: ['pipe', 'pipe', 'inherit'] })
  const waiting: ((answer: Answer) => void)[] = []
  if (child.stdout !== null) createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.(JSON.parse(line)))
  return {
    ask: (op, fields) =>
      new Promise((resolve) => {
        waiting.push(resolve)
        child.stdin?.write(`${JSON.stringify({ op, ...fields })}\n`)
      }),
    close: () => void child.kill(),
  }
}
