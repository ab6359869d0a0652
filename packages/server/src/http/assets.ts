import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { ASSETS } from '@latchkey/design/assets'
import { Hono } from 'hono'
import { compress } from 'hono/compress'
import type { Env } from './request.ts'
import { isSameTag } from './same-tag.ts'

type Asset = { body: Uint8Array<ArrayBuffer>; type: string; tag: string }

/** Style sheets, fonts, icons and the script, from our own origin. Revalidated by their hash: a new version is seen at once. */
export function assets(): Hono<Env> {
  const loaded = new Map<string, Promise<Asset>>()
  const load = (name: string): Promise<Asset> | undefined => {
    const known = loaded.get(name)
    const source = Object.hasOwn(ASSETS, name) ? ASSETS[name] : undefined
    if (known !== undefined || source === undefined) return known
    const fresh = loadAsset(source)
    loaded.set(name, fresh)
    return fresh
  }
  // Nothing in these is secret: compressing a page that holds a secret beside what a stranger chose would measure it (BREACH).
  return new Hono<Env>().use(compress()).get('/:name', async (request) => {
    const asset = await load(request.req.param('name'))
    if (asset === undefined) return request.notFound()
    const headers = { etag: asset.tag, 'cache-control': 'public, max-age=3600, stale-while-revalidate=86400', 'content-type': asset.type }
    return isSameTag(request.req.header('if-none-match'), asset.tag)
      ? request.body(null, 304, headers)
      : request.body(asset.body, 200, headers)
  })
}

async function loadAsset({ file, type }: { file: URL; type: string }): Promise<Asset> {
  const body = new Uint8Array(await readFile(file))
  return { body, type, tag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 16)}"` }
}
