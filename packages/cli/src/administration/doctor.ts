import { examineData, examineSettings, type Finding } from '@latchkey/server/operate/doctor'
import type { Command } from 'commander'
import { type Answer, refuse } from './answer.ts'
import { administrative } from './command.ts'
import { type Options, openForExamination, refusalOf, runWithSettings, settingsOf } from './run.ts'

/** `latchkey doctor`: each line ok, warning or bad, with what to do; ends with 1 if anything is bad. */
export function doctorCommand(): Command {
  return administrative('doctor', 'look at settings, data, clock, mail and ports, and say what to do').action((options: Options) =>
    runWithSettings(options, () => examine(options)),
  )
}

async function examine(options: Options): Promise<Answer> {
  const config = settingsOf(options)
  const findings = [{ check: 'settings', state: 'ok', text: 'understood' } satisfies Finding, ...(await examineSettings(config))]
  findings.push(...(await examineOpen(options)))
  const lines = findings.flatMap(({ check, state, text, todo }) => [
    `${state.padEnd(8)} ${check}: ${text}`,
    ...(todo === undefined ? [] : [`${' '.repeat(8)} ${todo}`]),
  ])
  const bad = findings.filter(({ state }) => state === 'bad')
  if (bad.length === 0) return { ok: true, json: { healthy: true, findings }, lines }
  return { ...refuse('unhealthy', `Bad: ${bad.map(({ check }) => check).join(', ')}.`), json: { healthy: false, findings }, lines }
}

async function examineOpen(options: Options): Promise<Finding[]> {
  try {
    const open = await openForExamination(options)
    if (open === undefined)
      return [
        {
          check: 'database',
          state: 'warning',
          text: 'there is none yet',
          todo: 'Nothing, if this is a first start: latchkey serve makes it.',
        },
      ]
    try {
      const found: Finding[] = [
        { check: 'keys', state: 'ok', text: 'they are those of this database' },
        { check: 'database', state: 'ok', text: `opens, and has this version's schema` },
      ]
      return [...found, ...(await examineData(open.context))]
    } finally {
      await open.close()
    }
  } catch (error) {
    const refusal = refusalOf(error)
    if (refusal === undefined) throw error
    return [{ check: refusal.error, state: 'bad', text: refusal.line, todo: 'See the line above.' }]
  }
}
