// Preloaded into a real command line: just before its n-th step on the file system, or commit, it is killed, as by `kill -9` (LATCHKEY_KILL_AT),
// or from that step on the disk is full (LATCHKEY_FULL_AT): what would write fails as the system says it does.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { DatabaseSync } from 'node:sqlite'

const STEPS = ['openSync', 'writeSync', 'fsyncSync', 'renameSync', 'unlinkSync', 'mkdirSync']
const { LATCHKEY_KILL_AT: killAt, LATCHKEY_FULL_AT: fullAt } = process.env
let taken = 0

for (const name of STEPS) {
  const original = fs[name]
  fs[name] = (...args) => {
    if (name === 'openSync' && args[1] === 'r') return original(...args)
    if (taken === Number(killAt)) process.kill(process.pid, 'SIGKILL')
    taken += 1
    if (taken > Number(fullAt) && (name === 'writeSync' || args[1] === 'wx')) {
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write', errno: -28 })
    }
    return original(...args)
  }
}

// A commit of the embedded database is a step too.
const exec = DatabaseSync.prototype.exec
DatabaseSync.prototype.exec = function (text) {
  if (text === 'commit') {
    if (taken === Number(killAt)) process.kill(process.pid, 'SIGKILL')
    taken += 1
  }
  return exec.call(this, text)
}
syncBuiltinESMExports()
