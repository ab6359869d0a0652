import { fileURLToPath } from 'node:url'

/** Where `npm run build` puts the app's files. */
export const SITE = fileURLToPath(new URL('../dist', import.meta.url))
