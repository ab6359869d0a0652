#!/usr/bin/env node
// Starts the command line on a Node that can run it: the one at hand, or the one that `npm ci` brought (package `node`).
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const OLDEST = 26
const [major] = process.versions.node.split('.').map(Number)

if (major >= OLDEST) {
  await keepCompiled()
  await staySmall()
  const { main } = await import('../src/main.ts')
  await main(process.argv.slice(2))
} else {
  const runtime = runtimeBeside()
  if (runtime === undefined) {
    process.stderr.write(`latchkey: needs Node ${OLDEST} or newer, this is ${process.version}. In a checkout, run npm ci first.\n`)
    process.exitCode = 1
  } else {
    runOn(runtime)
  }
}

/** What is compiled once is kept beside the libraries, where only who installed them may write: the next start is twice as fast. */
async function keepCompiled() {
  const { enableCompileCache } = await import('node:module')
  const [library = ''] =
    createRequire(import.meta.url)
      .resolve('commander')
      .match(/^.*[\\/]node_modules(?=[\\/])/) ?? []
  if (library !== '') enableCompileCache(join(library, '.cache', 'latchkey'))
}

/** What a start throws away is collected at once, instead of in ever larger pieces of memory that are then kept. */
async function staySmall() {
  const { setFlagsFromString } = await import('node:v8')
  for (const flag of ['--optimize-for-size', '--semi-space-growth-factor=1']) setFlagsFromString(flag)
}

function runtimeBeside() {
  try {
    return createRequire(import.meta.url).resolve('node/bin/node')
  } catch {
    return undefined
  }
}

/** Signals that end this process end the one that does the work; it says how it all ended. */
function runOn(runtime) {
  const child = spawn(runtime, process.argv.slice(1), { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (status) => {
    process.exitCode = status ?? 1
  })
}
