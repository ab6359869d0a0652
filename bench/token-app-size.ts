import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { SITE } from '@latchkey/token-app/site'
import type { Figure } from './run.ts'

const LIMIT_KB = 60
/** Loaded beside the rest when they are needed: the Argon2id module, and the decoder of QR codes where the browser has none. */
const BESIDE = /^(?:argon2id-worker|decode)-/

/** The token app's script and style as a browser loads them: every file of `dist`, gzipped each for itself. */
export function measureTokenAppSize(): Figure {
  const folder = fileURLToPath(SITE)
  const files = existsSync(folder) ? globSync('**/*.{js,css}', { cwd: folder }) : []
  const [beside, counted] = [files.filter((file) => BESIDE.test(basename(file))), files.filter((file) => !BESIDE.test(basename(file)))]
  const kilobytes = gzippedKb(folder, counted)
  return {
    what: 'token app, script and style, gzipped',
    figure: `${kilobytes.toFixed(1)} kB`,
    limit: `at most ${LIMIT_KB} kB`,
    holds: kilobytes > 1 && kilobytes <= LIMIT_KB,
    detail:
      files.length === 0
        ? 'not built: npm run build'
        : `${counted.length} files; beside them ${beside.map((file) => basename(file)).join(', ')}, ${gzippedKb(folder, beside).toFixed(1)} kB`,
  }
}

function gzippedKb(folder: string, files: readonly string[]): number {
  return files.reduce((sum, file) => sum + gzipSync(readFileSync(join(folder, file)), { level: 9 }).length, 0) / 1000
}
