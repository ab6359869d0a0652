import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const ROOT = join(import.meta.dirname, '..')
const Report = z.object({
  files: z.record(
    z.string(),
    z.object({
      mutants: z.array(
        z.object({
          status: z.string(),
          mutatorName: z.string(),
          replacement: z.string().optional(),
          location: z.object({ start: z.object({ line: z.number(), column: z.number() }) }),
        }),
      ),
    }),
  ),
})
type Mutant = z.infer<typeof Report>['files'][string]['mutants'][number]

/** Killed counts alone: time-outs, survivors and mutants that no test reaches are all survivors here. What does not compile is no mutant. */
const isKilled = (mutant: Mutant): boolean => mutant.status === 'Killed'
const isMutant = (mutant: Mutant): boolean => mutant.status !== 'CompileError' && mutant.status !== 'RuntimeError'

function share(killed: number, all: number): string {
  return `${((killed / all) * 100).toFixed(1)} %`
}

function rowOf(name: string, mutants: readonly Mutant[]): string {
  const killed = mutants.filter(isKilled).length
  const timedOut = mutants.filter(({ status }) => status === 'Timeout').length
  return `| ${name} | ${mutants.length} | ${killed} | ${timedOut} | ${mutants.length - killed - timedOut} | ${share(killed, mutants.length)} |`
}

function survivorsOf(name: string, mutants: readonly Mutant[]): string[] {
  return mutants
    .filter((mutant) => !isKilled(mutant))
    .map(({ location, mutatorName, replacement = '', status }) => {
      const text = replacement.replaceAll(/\s+/g, ' ').slice(0, 70)
      return `- \`${name}:${location.start.line}\` ${mutatorName}${text === '' ? '' : ` \`${text}\``}${status === 'Survived' ? '' : ` (${status})`}`
    })
}

/** Writes the last run of `npm run mutation` as a page; ends with 1 if less than nine of ten are killed. */
const report = Report.parse(JSON.parse(readFileSync(join(ROOT, 'reports', 'mutation.json'), 'utf8')))
const files = Object.entries(report.files)
  .map(([name, { mutants }]) => ({ name: name.replace('packages/', '').replace('/src', ''), mutants: mutants.filter(isMutant) }))
  .filter(({ mutants }) => mutants.length > 0)
const all = files.flatMap(({ mutants }) => mutants)
const page = [
  '# The last mutation run',
  '',
  '`npm run mutation` changes `protocol` and `soft-token` in many small ways and sees whether a test turns red. No mutant is excluded or disabled;',
  'those that time out count as survivors, as do those that no test reaches.',
  '',
  '| file | mutants | killed | timed out | survived | killed |',
  '|---|---|---|---|---|---|',
  ...files.map(({ name, mutants }) => rowOf(name, mutants)),
  rowOf('**all**', all),
  '',
  '## Survivors',
  '',
  ...files.flatMap(({ name, mutants }) => survivorsOf(name, mutants)),
  '',
].join('\n')
writeFileSync(join(ROOT, 'docs', 'mutation.md'), page)
const killed = all.filter(isKilled).length
process.stdout.write(`${share(killed, all.length)} of ${all.length} mutants killed: docs/mutation.md\n`)
if (killed < all.length * 0.9) process.exitCode = 1
