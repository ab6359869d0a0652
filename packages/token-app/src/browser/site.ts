/** What this origin's server says of the installation: where people sign in, what the organisation is called, who helps. */
export type Site = { loginUrl: string; name: string; helpDesk: string }

const PATH = '/config.json'
const KEPT = 'latchkey.site'

/** Asks this origin's server; with no network, what it said last. Undefined if it never said anything. */
export async function askSite(): Promise<Site | undefined> {
  try {
    const response = await fetch(PATH, { cache: 'no-store' })
    const site = siteOf(await response.json())
    if (site !== undefined) localStorage.setItem(KEPT, JSON.stringify(site))
    return site ?? keptSite()
  } catch {
    return keptSite()
  }
}

function keptSite(): Site | undefined {
  try {
    return siteOf(JSON.parse(localStorage.getItem(KEPT) ?? 'null'))
  } catch {
    return undefined
  }
}

function siteOf(answer: unknown): Site | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined
  const { loginUrl, name = '', helpDesk = '' }: Record<string, unknown> = { ...answer }
  return typeof loginUrl === 'string' ? { loginUrl, name: String(name), helpDesk: String(helpDesk) } : undefined
}

/** How far this device's clock is ahead of the server's, in ms, to about a second; undefined if the server cannot be reached. */
export async function clockAhead(): Promise<number | undefined> {
  try {
    const asked = Date.now()
    const response = await fetch(PATH, { method: 'HEAD', cache: 'no-store' })
    const there = Date.parse(response.headers.get('date') ?? '')
    // The header counts whole seconds: on average it is half a second behind.
    return Number.isNaN(there) ? undefined : (asked + Date.now()) / 2 - (there + 500)
  } catch {
    return undefined
  }
}
