import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { build } from 'vite'
import { ARGON2ID_POLICY, isArgon2idScript, sitePolicy } from '../../server/src/token-place/policies.ts'

/** Where a file of this name is given, it takes the Argon2id worker's place. */
const CHEAP = 'cheap-argon2id.js'
const LOGIN_URL = 'http://localhost:1'
const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' }

export type VaultSite = { url: string; close: () => Promise<void> }

/** With the cost of Argon2id taken out of it. */
export function openCheapVaultSite(): Promise<VaultSite> {
  return openVaultSite(new Map([[CHEAP, readFileSync(join(import.meta.dirname, 'page/cheap-argon2id.js'))]]))
}

/** The vault as it is built for the token app, behind a page that shows nothing, under the token origin's policies; and files of a test beside it. */
export async function openVaultSite(
  more: ReadonlyMap<string, Buffer> = new Map(),
  isUnderPolicy: (path: string) => boolean = () => true,
): Promise<VaultSite> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-vault-site-'))
  await buildInto(folder)
  const files = new Map<string, Buffer>([
    ...more,
    ...readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file): [string, Buffer] => [file.slice(folder.length), readFileSync(file)]),
  ])
  rmSync(folder, { recursive: true })
  const server = createServer(({ url = '/' }, response) => {
    const path = url === '/' ? '/index.html' : url
    const body = (isArgon2idScript(path) ? files.get(CHEAP) : undefined) ?? files.get(path)
    const policy = isArgon2idScript(path) ? ARGON2ID_POLICY : sitePolicy(LOGIN_URL)
    response.writeHead(body === undefined ? 404 : 200, {
      'content-type': TYPES[extname(path)] ?? 'text/plain',
      ...(isUnderPolicy(path) ? { 'content-security-policy': policy } : {}),
    })
    response.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return { url: `http://localhost:${port}`, close: async () => void server.close() }
}

function buildInto(outDir: string) {
  return build({
    configFile: false,
    root: join(import.meta.dirname, 'page'),
    logLevel: 'warn',
    worker: { format: 'es' },
    build: { outDir, emptyOutDir: true, target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  })
}
