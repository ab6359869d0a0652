import { measureBesidePasswords } from './beside-passwords.ts'
import { measureBrowserCode } from './browser-code.ts'
import { measureFindStep } from './find-step.ts'
import { measurePinToCode } from './pin-to-code.ts'
import { measureServing } from './sign-in.ts'
import { measureSize } from './size.ts'
import { measureTokenAppSize } from './token-app-size.ts'
import { measureValidation } from './validation.ts'

/** One figure beside its limit. */
export type Figure = { what: string; figure: string; limit: string; holds: boolean; detail: string }

if (process.argv.includes('--peers')) {
  const { comparePeers } = await import('./peers/compare.ts')
  await comparePeers(process.argv.slice(2))
  process.exit()
}

const figures: Figure[] = []
for (const measure of [measureSize, measureTokenAppSize, measureFindStep, measurePinToCode, measureBrowserCode, measureValidation])
  figures.push(await measure())
figures.push(...(await measureServing()))
figures.push(await measureBesidePasswords())

const width = Math.max(...figures.map(({ what }) => what.length))
for (const { what, figure, limit, holds, detail } of figures) {
  process.stdout.write(`${holds ? '✓' : '✗'} ${what.padEnd(width)}  ${figure.padStart(10)}  (${limit})  ${detail}\n`)
}
if (figures.some(({ holds }) => !holds)) process.exitCode = 1
