import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startBrowser } from '../packages/token-app/test/killed-browser.ts'
import { activate, PIN } from '../packages/token-app/test/person.ts'
import { openTab } from '../packages/token-app/test/vault-browser.ts'
import { openVaultSite } from '../packages/token-app/test/vault-site.ts'
import { alternate, say, Took } from './alternate.ts'
import type { Figure } from './run.ts'

const LIMIT = 1.2
const ROUNDS = 15

/** From the PIN to the first code of a page that was just opened and warmed up, with its durable writes on a real disk, beside one Argon2id in a worker of the same browser, warmed up too. */
export async function measureBrowserCode(): Promise<Figure> {
  const site = await openVaultSite()
  const profile = mkdtempSync(join(tmpdir(), 'latchkey-bench-'))
  const { page: first, kill } = await startBrowser(profile, site.url)
  const context = first.context()
  const { serial } = await activate(first, 'Bench')
  const opened = async (time: (page: Awaited<ReturnType<typeof openTab>>) => Promise<number>): Promise<Took> => {
    const page = await openTab(context, site.url)
    const took = new Took(await time(page))
    await page.close()
    return took
  }
  const firstCode = () =>
    opened((page) =>
      page.evaluate(
        async (entry) => {
          await vault.warmUp()
          const from = performance.now()
          const shown = await vault.showCode(entry.serial, entry.pin)
          if (!shown.ok) throw new Error(shown.error)
          return performance.now() - from
        },
        { serial, pin: PIN },
      ),
    )
  const bare = () =>
    opened((page) =>
      page.evaluate(async () => {
        await vaultPage.warmUpArgon2id()
        const from = performance.now()
        await vaultPage.argon2id({
          memoryKiB: 65_536,
          passes: 3,
          parallelism: 1,
          length: 32,
          password: crypto.getRandomValues(new Uint8Array(6)),
          salt: crypto.getRandomValues(new Uint8Array(16)),
        })
        return performance.now() - from
      }),
    )
  const { one, other, ratio } = await alternate(ROUNDS, firstCode, bare)
  await kill()
  await site.close()
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
  return {
    what: 'PIN to first code in a browser, to one Argon2id there',
    figure: `${ratio.toFixed(2)} ×`,
    limit: `at most ${LIMIT} ×`,
    holds: ratio <= LIMIT,
    detail: `PIN to code ${say(one)}, Argon2id ${say(other)}`,
  }
}
