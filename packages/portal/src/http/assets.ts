import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { ASSETS } from '@latchkey/design/assets'
import type { Request } from '../context.ts'

type Asset = { bytes: Uint8Array<ArrayBuffer>; type: string; version: string }

/** The design's files in memory. `href` gives an address that changes with the content; for an unknown name, one that is not found. */
export type Assets = { files: ReadonlyMap<string, Asset>; href: (name: string) => string }

const VERSION_LENGTH = 16
const A_YEAR = 'public, max-age=31536000, immutable'
const A_DAY = 'public, max-age=86400'

/** Reads what the design offers. Throws if one of its files is missing. */
export function loadAssets(): Assets {
  const files = new Map(Object.entries(ASSETS).map(([name, asset]) => [name, load(asset)]))
  return { files, href: (name) => `/assets/${name}?v=${files.get(name)?.version ?? ''}` }
}

function load({ file, type }: { file: URL; type: string }): Asset {
  const bytes = new Uint8Array(readFileSync(file))
  return { bytes, type, version: createHash('sha256').update(bytes).digest('hex').slice(0, VERSION_LENGTH) }
}

/** Serves one of the design's files; undefined if there is none of that name. */
export function serveAsset(assets: Assets, c: Request, name: string): Response | undefined {
  const asset = assets.files.get(name)
  if (asset === undefined) return undefined
  const tag = `"${asset.version}"`
  c.header('ETag', tag)
  c.header('Cache-Control', caching(asset, c.req.query('v')))
  if (
    c.req
      .header('if-none-match')
      ?.split(/\s*,\s*/)
      .includes(tag)
  )
    return c.body(null, 304)
  c.header('Content-Type', asset.type)
  return c.body(asset.bytes)
}

/** The style sheet names fonts without a version: they change with a release at most. */
function caching(asset: Asset, version: string | undefined): string {
  if (version === asset.version) return A_YEAR
  return asset.type === 'font/woff2' ? A_DAY : 'no-cache'
}
