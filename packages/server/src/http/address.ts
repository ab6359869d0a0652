import ipaddr from 'ipaddr.js'
import type { Request } from './request.ts'

/**
 * The address that a request came from. Forwarding headers are read from configured proxies only, from the last hop backwards;
 * whatever a client wrote into them itself is never reached.
 */
export function addressOf(proxies: readonly string[], request: Request): string {
  const direct = canonical(request.env.incoming?.socket.remoteAddress ?? '')
  if (proxies.length === 0 || !isProxy(proxies, direct)) return direct
  const hops = (request.req.header('x-forwarded-for') ?? '').split(',').map((hop) => canonical(hop.trim()))
  for (const hop of hops.reverse()) {
    if (hop === '') return direct
    if (!isProxy(proxies, hop)) return hop
  }
  return direct
}

/** IPv4 in IPv6 is IPv4; what is no address is ''. Reading one costs more than all else about a request, and the same few come again and again. */
function canonical(text: string): string {
  if (text.length > LONGEST) return ''
  const known = READ.get(text)
  if (known !== undefined) return known
  const read = ipaddr.isValid(text) ? ipaddr.process(text).toString() : ''
  if (READ.size >= MOST_READ) READ.clear()
  READ.set(text, read)
  return read
}

const READ = new Map<string, string>()
const MOST_READ = 4_096
/** An IPv6 address with a zone. */
const LONGEST = 64

function isProxy(proxies: readonly string[], address: string): boolean {
  if (address === '') return false
  const parsed = ipaddr.process(address)
  return proxies.some((proxy) => {
    const [network, bits] = ipaddr.parseCIDR(proxy.includes('/') ? proxy : `${proxy}/${proxy.includes(':') ? 128 : 32}`)
    return network.kind() === parsed.kind() && parsed.match(network, bits)
  })
}
