import { defineConfig } from 'vitest/config'

/** What mutation testing runs: everything about `protocol` and `soft-token` that needs no browser, but for the long attacks. */
export default defineConfig({
  // The packages as they stand beside this file: the links in node_modules lead to the originals, which are not mutated.
  resolve: { alias: [{ find: /^@latchkey\/(protocol|soft-token)\/(.*)$/, replacement: `${import.meta.dirname}/packages/$1/src/$2.ts` }] },
  test: {
    environment: 'node',
    include: ['packages/protocol/**/*.test.ts', 'packages/soft-token/**/*.test.ts', 'vectors/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/attack/**', '**/wycheproof.test.ts'],
    testTimeout: 60_000,
  },
})
