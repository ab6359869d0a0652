import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { drawActivationCode } from '@latchkey/protocol/activation/activation-code'
import { ARGON2ID } from '@latchkey/protocol/activation/argon2id'
import { drawSerialNumber } from '@latchkey/protocol/codes/serial-number'
import { addIdentity } from '@latchkey/soft-token/identity/add-identity'
import { showCode } from '@latchkey/soft-token/identity/show-code'
import { openVault } from '../packages/cli/src/token/vault.ts'
import { argon2id } from '../packages/cli/src/vault-folder/argon2id.ts'
import { alternate, say } from './alternate.ts'
import type { Figure } from './run.ts'

const LIMIT = 1.2
const ROUNDS = 41
const PIN = '184027'

/** From the PIN to the code, with its two durable writes on a real disk, beside one bare Argon2id of the same parameters. */
export async function measurePinToCode(): Promise<Figure> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'))
  const { platform } = openVault({ LATCHKEY_VAULT: join(folder, 'vault'), LATCHKEY_KEYRING: 'off' })
  const serial = drawSerialNumber(platform.draw)
  const code = drawActivationCode(serial, { digits: 6, pinMinimum: 6 }, platform.draw)
  await addIdentity(platform, { label: 'Bench', serial, code, pin: PIN })
  const pinToCode = async (): Promise<void> => {
    const shown = await showCode(platform, serial, PIN)
    if (!shown.ok) throw new Error(shown.error)
  }
  const bare = (): Promise<Uint8Array> => argon2id({ ...ARGON2ID, password: platform.draw(6), salt: platform.draw(16) })
  await pinToCode()
  await bare()
  const { one, other, ratio } = await alternate(ROUNDS, pinToCode, bare)
  rmSync(folder, { recursive: true })
  return {
    what: 'PIN to code, to one bare Argon2id',
    figure: `${ratio.toFixed(2)} ×`,
    limit: `at most ${LIMIT} ×`,
    holds: ratio <= LIMIT,
    detail: `PIN to code ${say(one)}, Argon2id ${say(other)}`,
  }
}
