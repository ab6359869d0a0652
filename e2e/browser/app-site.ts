import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { sitePolicy } from '../../packages/server/src/token-place/policies.ts'
import { readSite, type SiteFile } from '../../packages/server/src/token-place/read-site.ts'
import { tokenPlace } from '../../packages/server/src/token-place/token-place.ts'
import { openWorld } from '../../packages/server/test/world.ts'
import { SITE } from '../../packages/token-app/src/site.ts'

/** The token origin alone, whose app can be replaced by another version while it runs, and which can be gone. */
export type AppSite = {
  url: string
  release: (version: number) => void
  moveLogin: (url: string) => void
  gone: () => Promise<void>
  close: () => Promise<void>
}

const VERSION = /<meta name="version" content="\d+" \/>|<meta charset="utf-8" \/>/

export async function openAppSite(): Promise<AppSite> {
  const world = await openWorld('sqlite')
  const built = readSite(SITE, sitePolicy(world.config.login.url))
  if (built === undefined) throw new Error('the app is not built')
  let place = tokenPlace(world, built)
  const server = createServer((request, response) => void getRequestListener(place.fetch)(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const gone = (): Promise<void> => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(() => resolve()))
  }
  return {
    url: `http://localhost:${port}`,
    release: (version) => {
      place = tokenPlace(world, new Map(Array.from(built, ([path, file]) => [path, ofVersion(path, file, version)])))
    },
    moveLogin: (url) => {
      const config = { ...world.config, login: { ...world.config.login, url } }
      place = tokenPlace({ ...world, config }, readSite(SITE, sitePolicy(url)))
    },
    gone,
    close: async () => {
      if (server.listening) await gone()
      await world.close()
    },
  }
}

/** Another page, and a service worker that knows of it: what a build of other sources gives. */
function ofVersion(path: string, file: SiteFile, version: number): SiteFile {
  const text = Buffer.from(file.body).toString()
  const edited =
    path === '/' || path === '/index.html'
      ? text.replace(VERSION, `<meta charset="utf-8" /><meta name="version" content="${version}" />`)
      : path === '/sw.js'
        ? text.replace(/(url:[`"']\/[`"'],revision:[`"'])[^`"']+/, `$1version-${version}`)
        : text
  return edited === text ? file : { ...file, body: new Uint8Array(Buffer.from(edited)), tag: `"version-${version}-${path}"` }
}
