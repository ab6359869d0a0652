import { availableParallelism } from 'node:os'
import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'
import { findChromium } from './e2e/chromium.ts'

/** Tests of these end in the same result in Node and in a browser: what runs in both is tested in both. */
const EVERYWHERE = ['packages/protocol/**/*.test.ts', 'packages/soft-token/**/*.test.ts', 'vectors/**/*.test.ts']
/** These want a PostgreSQL too, and hold times against each other. */
const TIMED = ['timing', 'resources', 'regexes'].map((name) => `packages/server/test/attack/${name}.test.ts`)
/** The server's rooms, each on both databases, and what is done to a whole server or portal. */
const ROOMS = ['packages/server/**/*.test.ts', 'packages/portal/test/**/*.test.ts']
/** The same, or many processes under load: one file at a time on two cores. */
const HOUSES = [...TIMED, 'e2e/browser/**/*.test.ts', 'e2e/faults/**/*.test.ts']
/** Much of what the others do is waiting, for a disk or a process: two files at a time on two cores, before these. */
const TOGETHER = { maxWorkers: Math.max(2, availableParallelism() - 1) }
const AFTERWARDS = { sequence: { groupOrder: 1 } }
const NODE_ONLY = ['**/*.node.test.ts']
const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export default defineConfig({
  test: {
    testTimeout: 120_000,
    hookTimeout: 120_000,
    globalSetup: ['vitest.temporary.ts'],
    projects: [
      {
        test: {
          name: 'node',
          include: [
            '*.test.ts',
            'packages/**/*.test.ts',
            'vectors/**/*.test.ts',
            'e2e/**/*.test.ts',
            'docs/**/*.test.ts',
            'bench/**/*.test.ts',
          ],
          exclude: ['**/node_modules/**', '**/.stryker-tmp/**', ...ROOMS, ...HOUSES],
          environment: 'node',
          testTimeout: 300_000,
          ...TOGETHER,
        },
      },
      {
        test: {
          name: 'rooms',
          include: ROOMS,
          exclude: ['**/node_modules/**', '**/.stryker-tmp/**', ...TIMED],
          environment: 'node',
          globalSetup: ['packages/server/test/postgres-setup.ts'],
          testTimeout: 300_000,
          ...TOGETHER,
        },
      },
      {
        test: {
          name: 'houses',
          ...AFTERWARDS,
          include: HOUSES,
          exclude: ['**/node_modules/**', '**/.stryker-tmp/**'],
          environment: 'node',
          globalSetup: ['packages/server/test/postgres-setup.ts'],
          testTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'chromium',
          ...AFTERWARDS,
          include: EVERYWHERE,
          exclude: ['**/node_modules/**', '**/.stryker-tmp/**', ...NODE_ONLY],
          testTimeout: 300_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: { executablePath: findChromium() ?? 'chromium', args: CHROMIUM_ARGS } }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
})
