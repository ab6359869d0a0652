import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { build } from 'vite'

const PAGE =
  "default-src 'none'; script-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types latchkey"
/** WebAssembly compiles where no rule on scripts stands; what else runs code is kept off one by one. */
const ARGON2ID =
  "script-src-elem 'none'; script-src-attr 'none'; connect-src 'none'; worker-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' }

export type VaultSite = { url: string; close: () => Promise<void> }

/** The vault as it is built for the token app, behind a page that shows nothing, under the token origin's policies. */
export async function openVaultSite(): Promise<VaultSite> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-vault-site-'))
  await buildInto(folder)
  const files = new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [file.slice(folder.length), readFileSync(file)]),
  )
  rmSync(folder, { recursive: true })
  const server = createServer(({ url = '/' }, response) => {
    const path = url === '/' ? '/index.html' : url
    const body = files.get(path)
    const policy = path.includes('argon2id-worker') ? ARGON2ID : PAGE
    response.writeHead(body === undefined ? 404 : 200, {
      'content-type': TYPES[extname(path)] ?? 'text/plain',
      'content-security-policy': policy,
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
