import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'

/** A file of the token app. `fixed`: its name changes with its content. */
export type SiteFile = { body: Uint8Array<ArrayBuffer>; type: string; tag: string; fixed: boolean }
/** The built token app by the paths that it is served at; a path that is no key is not there. */
export type Site = ReadonlyMap<string, SiteFile>

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.webmanifest': 'application/manifest+json',
}

/** Reads the built app, once; undefined where none has been built. Other files than a site has are not served. */
export function readSite(folder: string): Site | undefined {
  if (!existsSync(join(folder, 'index.html'))) return undefined
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const files = entries.flatMap(({ parentPath, name }): [string, SiteFile][] => {
    const type = TYPES[extname(name)]
    const file = join(parentPath, name)
    const path = `/${relative(folder, file).split(sep).join('/')}`
    return type === undefined ? [] : [[path === '/index.html' ? '/' : path, readSiteFile(file, path, type)]]
  })
  return new Map(files)
}

function readSiteFile(file: string, path: string, type: string): SiteFile {
  const body = new Uint8Array(readFileSync(file))
  const tag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 16)}"`
  return { body, type, tag, fixed: path.startsWith('/assets/') }
}
