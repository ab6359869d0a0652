import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Whatever the tests of a run leave in the system's temporary folder is in one folder of it, and goes with the run. */
export function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-tests-'))
  // PostgreSQL runs as a user of its own where the tests' is root.
  chmodSync(folder, 0o755)
  process.env['TMPDIR'] = folder
  return () => rmSync(folder, { recursive: true, force: true })
}
