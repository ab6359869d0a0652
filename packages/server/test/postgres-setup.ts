import { fork } from 'node:child_process'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { z } from 'zod'

declare module 'vitest' {
  interface ProvidedContext {
    /** URL of a PostgreSQL server that lives as long as the run, without a database name. */
    postgres: string
  }
}

const Ready = z.object({ url: z.string() })

/**
 * Starts one PostgreSQL for the run; each test file makes a database of its own in it.
 * In a process of its own: the library ends whatever process it runs in with 0, and a run with failed tests must not end so.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const child = fork(join(import.meta.dirname, 'postgres-process.ts'), { execPath: process.execPath })
  const ended = new Promise<void>((resolve) => {
    child.on('exit', () => resolve())
  })
  const { url } = await new Promise<z.infer<typeof Ready>>((resolve, reject) => {
    child.once('message', (message) => resolve(Ready.parse(message)))
    child.once('exit', (status) => reject(new Error(`PostgreSQL did not start (${status})`)))
  })
  project.provide('postgres', url)
  return async () => {
    child.disconnect()
    await ended
  }
}
