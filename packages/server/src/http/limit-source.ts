import ipaddr from 'ipaddr.js'

/** What each source did in this process since its window began. Times are milliseconds since 1970. */
export type Sources = Map<string, { from: number; times: number }>
/** So many times within so many milliseconds. */
export type SourceLimit = { most: number; withinMs: number }

/** Sources that are counted at once: beyond that all are counted afresh, so that many of them cannot shut out a new one. */
const MOST_SOURCES = 10_000
const IPV6_HOST_BYTES = 8

/** Counts one more for the address; false if it has no more for now. */
export function countSource(sources: Sources, address: string, at: number, { most, withinMs }: SourceLimit): boolean {
  const source = networkOf(address)
  const known = sources.get(source)
  if (known !== undefined && at >= known.from && at - known.from < withinMs) {
    if (known.times >= most) return false
    known.times += 1
    return true
  }
  if (sources.size >= MOST_SOURCES) sources.clear()
  sources.set(source, { from: at, times: 1 })
  return true
}

/** One customer has a whole /64 of IPv6: its first half is the source. */
function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return 'unknown'
  const read = ipaddr.process(address)
  return read.kind() === 'ipv4' ? read.toString() : Buffer.from(read.toByteArray().slice(0, IPV6_HOST_BYTES)).toString('hex')
}
