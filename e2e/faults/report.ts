import { appendFileSync } from 'node:fs'

/** One line for each run, to be read by whoever started it and kept in docs/operate/reliability.md. `LATCHKEY_REPORT` names a file for them. */
export function report(run: string, numbers: Readonly<Record<string, number | string>>): void {
  const line = `${run}: ${Object.entries(numbers)
    .map(([name, value]) => `${name} ${typeof value === 'number' && name !== 'seed' ? value.toLocaleString('en') : value}`)
    .join(', ')}`
  process.stderr.write(`${line}\n`)
  const file = process.env['LATCHKEY_REPORT']
  if (file !== undefined) appendFileSync(file, `${new Date().toISOString()} ${line}\n`)
}
