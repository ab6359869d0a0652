import { globSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'
import type { Figure } from './run.ts'

const LIMIT_KB = 12
const ROOT = join(import.meta.dirname, '..')
const ENTRY = 'virtual:protocol'

/** All of `protocol` and the primitives that it brings, as a browser would load it: bundled, minified, gzipped. Argon2id is passed in. */
export async function measureSize(): Promise<Figure> {
  const modules = globSync('packages/protocol/src/**/*.ts', { cwd: ROOT }).filter((file) => !file.endsWith('.test.ts'))
  const source = modules.map((file) => `export * from ${JSON.stringify(join(ROOT, file))}`).join('\n')
  const bundle = await build({
    root: ROOT,
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      minify: true,
      target: 'es2024',
      rollupOptions: { input: ENTRY, preserveEntrySignatures: 'strict', output: { format: 'es' } },
    },
    plugins: [
      { name: 'entry', resolveId: (id) => (id === ENTRY ? `\0${ENTRY}` : null), load: (id) => (id === `\0${ENTRY}` ? source : null) },
    ],
  })
  const outputs = 'output' in bundle ? bundle.output : []
  const text = outputs.map((chunk) => ('code' in chunk ? chunk.code : '')).join('')
  const kilobytes = gzipSync(text, { level: 9 }).length / 1000
  return {
    what: 'protocol without Argon2id, gzipped',
    figure: `${kilobytes.toFixed(1)} kB`,
    limit: `at most ${LIMIT_KB} kB`,
    holds: kilobytes > 1 && kilobytes <= LIMIT_KB,
    detail: `${modules.length} modules, ${(text.length / 1000).toFixed(1)} kB minified`,
  }
}
