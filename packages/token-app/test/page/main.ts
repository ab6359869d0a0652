import { scriptUrl } from '../../src/browser/script-url.ts'
import { argon2id, warmUpArgon2id } from '../../src/vault/argon2id.ts'
import { keepStorage, type Opened, openVault } from '../../src/vault/open-vault.ts'
import type { Vault } from '../../src/vault/vault.ts'

declare global {
  var vault: Vault
  var opened: Promise<Opened>
  var vaultPage: {
    openVault: typeof openVault
    keepStorage: typeof keepStorage
    scriptUrl: typeof scriptUrl
    argon2id: typeof argon2id
    warmUpArgon2id: typeof warmUpArgon2id
  }
}

globalThis.vaultPage = { openVault, keepStorage, scriptUrl, argon2id, warmUpArgon2id }
globalThis.opened = openVault().then((answer) => {
  if (answer.ok) globalThis.vault = answer.vault
  return answer
})
