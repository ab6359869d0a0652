// Preloaded into a real command line: its keyring is a folder with a file a secret (LATCHKEY_TEST_KEYRING). Where there is no such folder
// no call is answered, nor is any after the n-th of this process (LATCHKEY_KEYRING_FAILS_AT): it is locked, or gone.
import fs from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'

const { LATCHKEY_TEST_KEYRING: folder, LATCHKEY_KEYRING_FAILS_AT: failsAt } = process.env
let calls = 0

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === '@napi-rs/keyring' ? { url: import.meta.url, shortCircuit: true } : next(specifier, context),
})

export class AsyncEntry {
  constructor(service, id) {
    this.path = join(folder, `${service} ${id}`)
  }

  async setSecret(secret) {
    answer()
    fs.writeFileSync(this.path, secret)
  }

  async getSecret() {
    answer()
    return fs.existsSync(this.path) ? fs.readFileSync(this.path) : null
  }

  async deleteCredential() {
    answer()
    if (!fs.existsSync(this.path)) return false
    fs.rmSync(this.path)
    return true
  }
}

function answer() {
  if (calls === Number(failsAt) || !fs.existsSync(folder)) throw new Error('the keyring is locked')
  calls += 1
}
