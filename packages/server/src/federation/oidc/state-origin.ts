import type { IncomingMessage } from 'node:http'

const FORWARDING = /^(x-forwarded-|forwarded$|x-real-|x-original-|via$)/

/**
 * Makes a request say what the configuration says: the library builds addresses from its headers and its target, which anybody can
 * forge. False where the target cannot be read.
 */
export function stateOrigin(request: IncomingMessage, publicUrl: string): boolean {
  const { host, protocol, origin } = new URL(publicUrl)
  const target = request.url ?? ''
  // `GET http://elsewhere/path` is a target too (RFC 9112, 3.2.2); so is `//elsewhere/path`.
  if (!target.startsWith('/') || target.startsWith('//') || !URL.canParse(target, origin)) return false
  const { pathname, search } = new URL(target, origin)
  request.url = pathname + search
  for (const name of Object.keys(request.headers)) if (FORWARDING.test(name)) delete request.headers[name]
  request.headers.host = host
  request.headers['x-forwarded-host'] = host
  request.headers['x-forwarded-proto'] = protocol.slice(0, -1)
  return true
}
