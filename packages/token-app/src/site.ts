/** The folder that the token origin serves: what `npm run build` makes. */
export const SITE = new URL('../dist/', import.meta.url)
