import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

export type SiteFile = { body: Uint8Array<ArrayBuffer>; type: string; tag: string; cache: string }
/** The files of a site by their path, `/` and all: what is no key of this map is not there. */
export type Site = ReadonlyMap<string, SiteFile>

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.txt': 'text/plain; charset=utf-8',
}
const UNKNOWN_TYPE = 'application/octet-stream'
const PAGE = '/index.html'
const WORKER = '/sw.js'
/** A name with a hash in it never stands for anything else; all other files are asked for again each time. */
const FOR_EVER = 'public, max-age=31536000, immutable'
const ASK_AGAIN = 'no-cache'

/** In the service worker, what stands for the headers of the page that it keeps. */
const POLICY = '@policy@'

/**
 * Reads a built site into memory, once: it is small, and no request reaches the folder. Undefined if it was not built.
 * @param policy that the page is served with: with another one, the service worker is another, and fetches the page again
 */
export function readSite(folder: URL, policy: string): Site | undefined {
  const root = fileURLToPath(folder)
  if (!existsSync(join(root, PAGE))) return undefined
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const mark = tagOf(policy)
  const site = new Map(files.map(({ parentPath, name }) => readOne(root, join(parentPath, name), mark)))
  const page = site.get(PAGE)
  return page === undefined ? undefined : site.set('/', page)
}

function tagOf(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 16)
}

function readOne(root: string, file: string, mark: string): [string, SiteFile] {
  const path = `/${relative(root, file).split(sep).join('/')}`
  const read = readFileSync(file)
  const body = new Uint8Array(path === WORKER ? Buffer.from(read.toString('utf8').replaceAll(POLICY, mark)) : read)
  const tag = `"${tagOf(body)}"`
  return [path, { body, type: TYPES[extname(file)] ?? UNKNOWN_TYPE, tag, cache: path.startsWith('/assets/') ? FOR_EVER : ASK_AGAIN }]
}
