import ipaddr from 'ipaddr.js'
import type { Request } from './request.ts'

/**
 * The address that a request came from. Forwarding headers are read from configured proxies only, from the last hop backwards;
 * whatever a client wrote into them itself is never reached.
 */
export function addressOf(proxies: readonly string[], request: Request): string {
  return clientAddress(proxies, request.env.incoming?.socket.remoteAddress, request.req.header('x-forwarded-for'))
}

/** The same of what stands at the socket and in the header. */
export function clientAddress(proxies: readonly string[], peer: string | undefined, forwardedFor: string | undefined): string {
  const direct = canonical(peer ?? '')
  if (proxies.length === 0 || !isAmong(proxies, direct)) return direct
  const hops = (forwardedFor ?? '').split(',').map((hop) => canonical(hop.trim()))
  for (const hop of hops.reverse()) {
    if (hop === '') return direct
    if (!isAmong(proxies, hop)) return hop
  }
  return direct
}

/** The address at the other end of the socket: a proxy's, where there is one. */
export function peerOf(request: Request): string {
  return canonical(request.env.incoming?.socket.remoteAddress ?? '')
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

/** Whether an address is one of these, or in one of these networks. A network of IPv4 in IPv6 is one of IPv4, as the address is. */
export function isAmong(networks: readonly string[], address: string): boolean {
  if (networks.length === 0 || !ipaddr.isValid(address)) return false
  const parsed = ipaddr.process(address)
  return networks.some((text) => {
    const [network, bits] = readNetwork(text)
    return network.kind() === parsed.kind() && parsed.match(network, bits)
  })
}

function readNetwork(text: string): [ReturnType<typeof ipaddr.process>, number] {
  const [network, bits] = ipaddr.parseCIDR(text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`)
  const mapped = network instanceof ipaddr.IPv6 && network.isIPv4MappedAddress() && bits >= MAPPED_BITS
  return mapped ? [network.toIPv4Address(), bits - MAPPED_BITS] : [network, bits]
}

/** Of an IPv6 address that stands for one of IPv4 (RFC 4291, 2.5.5.2). */
const MAPPED_BITS = 96
