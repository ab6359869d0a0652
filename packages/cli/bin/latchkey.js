#!/usr/bin/env node
// Starts the command line on a Node that can run it: the one at hand, or the one that `npm ci` brought (package `node`).
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'

const OLDEST = 24
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
    const { status, signal } = spawnSync(runtime, process.argv.slice(1), { stdio: 'inherit' })
    if (signal !== null) process.kill(process.pid, signal)
    process.exitCode = status ?? 1
  }
}

function runtimeBeside() {
  try {
    return createRequire(import.meta.url).resolve('node/bin/node')
  } catch {
    return undefined
  }
}
