#!/usr/bin/env node
// Starts the command line on a Node that can run it: the one at hand, or the one that `npm ci` brought (package `node`).
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'

const OLDEST = 26
const [major] = process.versions.node.split('.').map(Number)

if (major >= OLDEST) {
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
