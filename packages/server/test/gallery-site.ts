import { readFileSync } from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ASSETS } from '@latchkey/design/assets'
import { GALLERY, REFUSED } from './gallery.ts'

/** The policy that the login origin sends. */
const POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

export type Gallery = { url: string; close: () => Promise<void> }

/** Serves the gallery on a free port of localhost: `/<page>`, the same with a refusal at `/<page>?refused`, and the assets. */
export async function openGallery(): Promise<Gallery> {
  const server = createServer((request, response) => void answer(new URL(request.url ?? '/', 'http://localhost'), response))
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  return { url: `http://localhost:${portOf(server)}`, close: () => closed(server) }
}

async function answer(url: URL, response: ServerResponse): Promise<void> {
  const asset = ASSETS[url.pathname.replace('/assets/', '')]
  const draw = GALLERY[url.pathname.slice(1)]
  response.setHeader('content-security-policy', POLICY)
  if (asset !== undefined) {
    response.setHeader('content-type', asset.type).end(readFileSync(asset.file))
    return
  }
  if (draw === undefined) {
    response.writeHead(404).end()
    return
  }
  const page = await draw(url.searchParams.has('refused') ? REFUSED : undefined)
  response.setHeader('content-type', 'text/html; charset=utf-8').end(page.toString())
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}
