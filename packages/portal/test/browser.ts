/** A browser without script, as far as these journeys need one: cookies (which know no ports), redirects, forms. */
export type Visit = { status: number; url: URL; headers: Headers; body: string }

type Cookie = { name: string; value: string; path: string }

export class Browser {
  readonly cookies: Cookie[] = []

  /** One request, no redirect followed. */
  async request(address: string | URL, init: RequestInit = {}): Promise<Visit> {
    const url = new URL(address)
    const headers = new Headers(init.headers)
    // A connection kept from before a restart is dead.
    headers.set('connection', 'close')
    const sent = this.cookies.filter(({ path }) => url.pathname.startsWith(path)).map(({ name, value }) => `${name}=${value}`)
    if (sent.length > 0) headers.set('cookie', sent.join('; '))
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) this.#keep(line)
    return { status: response.status, url, headers: response.headers, body: await response.text() }
  }

  /** Follows redirects until a page, or until the address that `stopAt` names is about to be asked for. */
  async open(address: string | URL, stopAt?: (url: URL) => boolean): Promise<Visit> {
    let visit = await this.request(address)
    for (let hops = 0; visit.status >= 300 && visit.status < 400; hops += 1) {
      if (hops > 20) throw new Error(`too many redirects, now at ${visit.url}`)
      const next = new URL(visit.headers.get('location') ?? '', visit.url)
      if (stopAt?.(next)) return { ...visit, url: next }
      visit = await this.request(next)
    }
    return visit
  }

  post(address: string | URL, fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Visit> {
    return this.request(address, {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers: { origin: new URL(address).origin, ...headers },
    })
  }

  cookie(name: string): string | undefined {
    return this.cookies.find((cookie) => cookie.name === name)?.value
  }

  /** Sets or replaces a cookie for the whole site. */
  plant(name: string, value: string): void {
    this.#keep(`${name}=${value}; Path=/`)
  }

  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split(/;\s*/)
    const [name = '', value = ''] = pair.split(/=(.*)/s)
    const path = attributes.find((text) => /^path=/i.test(text))?.slice('path='.length) ?? '/'
    const gone = attributes.some((text) => /^max-age=0$/i.test(text) || /^expires=Thu, 01 Jan 1970/i.test(text))
    const index = this.cookies.findIndex((cookie) => cookie.name === name && cookie.path === path)
    if (index >= 0) this.cookies.splice(index, 1)
    if (!gone && value !== '') this.cookies.push({ name, value, path })
  }
}
