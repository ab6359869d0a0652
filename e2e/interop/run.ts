import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { playApp } from './play-app.ts'
import { playServer } from './play-server.ts'

const HERE = import.meta.dirname
const ROOT = join(HERE, '..', '..')
const VENV = join(HERE, '.venv')
const PYTHON = join(VENV, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')

/** Runs a command in sight; ends the process with its exit code if it fails. */
function run(command: string, ...args: string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', cwd: ROOT })
  if (error !== undefined) process.stderr.write(`The second implementation needs Python 3.11 or newer: ${error.message}\n`)
  if (status !== 0) process.exit(status ?? 1)
}

/** `npm run interop -- --runs 300`: the second implementation on the vectors, against the server's pages, the app and the command line. */
if (!existsSync(PYTHON)) {
  run('python3', '-m', 'venv', VENV)
  run(PYTHON, '-m', 'pip', 'install', '--quiet', 'argon2-cffi', 'cryptography')
}
run(PYTHON, join(HERE, 'check_vectors.py'), join(ROOT, 'docs', 'spec', 'vectors.json'))
await playServer(PYTHON)
process.stdout.write('A token of another make: activated, signed in, locked and unlocked through the pages; its old key set is refused\n')
const APP_ROUNDS = 4
const checks = await playApp(PYTHON, APP_ROUNDS)
process.stdout.write(`The app in a browser, with a server of another make: ${APP_ROUNDS} rounds, ${checks} checks, no differences\n`)
const latchkey = `"${process.execPath}" "${join(ROOT, 'packages', 'cli', 'bin', 'latchkey.js')}"`
const given = process.argv.slice(2)
run(PYTHON, join(HERE, 'play.py'), '--command', latchkey, '--jobs', '2', ...(given.length > 0 ? given : ['--runs', '50']))
