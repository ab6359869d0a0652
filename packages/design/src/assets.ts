/** A file that a site serves: where it stands, and the `Content-Type` that it is served with. */
export type Asset = { file: URL; type: string }

const SVG = 'image/svg+xml'
const CSS = 'text/css; charset=utf-8'
const SCRIPT = 'text/javascript; charset=utf-8'
const WOFF2 = 'font/woff2'

/** From a package of the registry, wherever npm has put it. */
function font(url: string): Asset {
  return { file: new URL(url), type: WOFF2 }
}

function own(name: string, type: string): Asset {
  return { file: new URL(name, import.meta.url), type }
}

/**
 * What a site serves at `/assets/<name>`. A page links `tokens.css`, then `style.css`, then `page.js` with `defer`.
 * Nothing else is served there: a name that is no key of this map is a 404.
 */
export const ASSETS: Readonly<Record<string, Asset>> = {
  'tokens.css': own('tokens.css', CSS),
  'style.css': own('style.css', CSS),
  'page.js': own('page.js', SCRIPT),
  'favicon.svg': own('favicon.svg', SVG),
  'inter-latin.woff2': font(import.meta.resolve('@fontsource-variable/inter/files/inter-latin-wght-normal.woff2')),
  'inter-latin-ext.woff2': font(import.meta.resolve('@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2')),
  'plex-mono-400.woff2': font(import.meta.resolve('@fontsource/ibm-plex-mono/files/ibm-plex-mono-latin-400-normal.woff2')),
  'plex-mono-500.woff2': font(import.meta.resolve('@fontsource/ibm-plex-mono/files/ibm-plex-mono-latin-500-normal.woff2')),
  'plex-mono-600.woff2': font(import.meta.resolve('@fontsource/ibm-plex-mono/files/ibm-plex-mono-latin-600-normal.woff2')),
}
