import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ASSETS } from '@latchkey/design/assets'
import { build, defineConfig, type Plugin } from 'vite'

const ROOT = import.meta.dirname
const SITE = join(ROOT, 'dist')
/** The style sheet names its fonts as the sites serve them. */
const FONTS = Object.entries(ASSETS)
  .filter(([name]) => name.endsWith('.woff2'))
  .map(([name, { file }]) => ({ find: new RegExp(`^(?:\\./)?${name.replaceAll('.', '\\.')}$`), replacement: fileURLToPath(file) }))
const JSX = { jsx: { runtime: 'automatic', importSource: 'preact' } } as const

/** The page is kept with the headers that it came with: the server puts in its place what stands for them, so that others arrive as a new version. */
const POLICY = '@policy@'

type Precached = { url: string; revision: string | null }

/** What is kept for offline use: every file of the site. A name with a hash in it never changes; the others carry theirs beside them. */
function precached(): Precached[] {
  const files = readdirSync(SITE, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return files.map((entry) => {
    const file = join(entry.parentPath, entry.name)
    const url = `/${relative(SITE, file).split(sep).join('/')}`.replace(/^\/index\.html$/, '/')
    const revision = url.startsWith('/assets/') ? null : createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 16)
    return { url, revision: url === '/' ? `${revision}${POLICY}` : revision }
  })
}

/** The service worker is built last: it names the files that were built before it. */
function serviceWorker(): Plugin {
  return {
    name: 'service-worker',
    apply: 'build',
    async closeBundle() {
      await build({
        configFile: false,
        root: ROOT,
        logLevel: 'warn',
        publicDir: false,
        define: { PRECACHED: JSON.stringify(precached()), 'process.env.NODE_ENV': '"production"' },
        build: {
          outDir: SITE,
          emptyOutDir: false,
          lib: { entry: join(ROOT, 'src/offline/service-worker.ts'), formats: ['iife'], name: 'latchkey', fileName: () => 'sw.js' },
        },
      })
    },
  }
}

export default defineConfig({
  root: ROOT,
  oxc: JSX,
  resolve: { alias: FONTS },
  worker: { format: 'es' },
  build: {
    outDir: SITE,
    emptyOutDir: true,
    target: 'es2022',
    // No data: addresses: the policy has none.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  plugins: [serviceWorker()],
})
