type Cookie = { value: string; path: string; line: string }
export type Stop = {
  /** Where the browser ended up, or was sent away to. */ url: URL
  status: number
  text: string
  headers: Headers
  trail: string[]
}

const MOST_REDIRECTS = 20

/** As much of a browser as redirects and cookies are: it stays on one origin, and says where else it was sent. */
export class Browser {
  readonly cookies = new Map<string, Cookie>()
  readonly #origin: string
  /** Where the origin really is, if its name is no address. */
  readonly #at: string

  constructor(origin: string, at: string = origin) {
    this.#origin = origin
    this.#at = at
  }

  /** Asks without following. */
  async ask(address: string | URL, init: RequestInit = {}): Promise<Response> {
    const url = new URL(address, this.#origin)
    const headers = new Headers(init.headers)
    const cookie = this.#cookiesFor(url.pathname)
    if (cookie !== '') headers.set('cookie', cookie)
    const response = await fetch(new URL(url.pathname + url.search, this.#at), { ...init, headers, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) this.#keep(line, url.pathname)
    return response
  }

  /** Follows redirects, on this origin and away from `/sign-in/`. */
  async open(address: string | URL, init: RequestInit = {}): Promise<Stop> {
    const trail: string[] = []
    let url = new URL(address, this.#origin)
    let response = await this.ask(url, init)
    while (response.status >= 300 && response.status < 400 && trail.length < MOST_REDIRECTS) {
      url = new URL(response.headers.get('location') ?? '', url)
      trail.push(url.href)
      await response.body?.cancel()
      if (url.origin !== this.#origin || url.pathname.startsWith('/sign-in/'))
        return { url, status: response.status, text: '', headers: response.headers, trail }
      response = await this.ask(url)
    }
    return { url, status: response.status, text: await response.text(), headers: response.headers, trail }
  }

  #cookiesFor(path: string): string {
    return [...this.cookies]
      .filter(([, cookie]) => path === cookie.path || path.startsWith(cookie.path.endsWith('/') ? cookie.path : `${cookie.path}/`))
      .map(([name, { value }]) => `${name}=${value}`)
      .join('; ')
  }

  #keep(line: string, path: string): void {
    const [pair = '', ...rest] = line.split(';').map((part) => part.trim())
    const name = pair.slice(0, pair.indexOf('='))
    const value = pair.slice(pair.indexOf('=') + 1)
    const attributes = new Map(rest.map((part) => [part.split('=')[0]?.toLowerCase() ?? '', part.slice(part.indexOf('=') + 1)]))
    const gone = value === '' || new Date(attributes.get('expires') ?? '9999-01-01').getTime() < Date.now()
    if (gone) this.cookies.delete(name)
    else this.cookies.set(name, { value, path: attributes.get('path') ?? path, line })
  }
}
