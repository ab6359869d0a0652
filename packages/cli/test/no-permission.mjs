// Preloaded into a real command line: nobody may open a file of this name (LATCHKEY_FORBIDDEN), whoever runs the tests.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { basename } from 'node:path'

for (const name of ['openSync', 'readFileSync']) {
  const original = fs[name]
  fs[name] = (path, ...more) => {
    if (typeof path === 'string' && basename(path) === process.env.LATCHKEY_FORBIDDEN) {
      throw Object.assign(new Error(`EACCES: permission denied, open '${path}'`), { code: 'EACCES', syscall: 'open', errno: -13, path })
    }
    return original(path, ...more)
  }
}
syncBuiltinESMExports()
