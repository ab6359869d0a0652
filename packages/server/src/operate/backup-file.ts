import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { z } from 'zod'

const MAGIC = 'LATCHKEY-BACKUP 1\n'
const LONGEST_HEAD = 4_096

/** What stands before the database in a backup: one line of JSON. `at` in milliseconds; `sha256` is the database's, base64url. */
const Head = z.strictObject({ at: z.int(), version: z.string(), engine: z.literal('sqlite'), bytes: z.int().min(1), sha256: z.string() })
export type Head = z.infer<typeof Head>

export function printHead(head: Head): Buffer {
  return Buffer.from(`${MAGIC}${JSON.stringify(head)}\n`)
}

/** The head of a backup and where its database begins, in bytes; undefined if the file is none. */
export async function readHead(path: string): Promise<{ head: Head; begins: number } | undefined> {
  const file = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(LONGEST_HEAD), 0, LONGEST_HEAD, 0)
    const text = buffer.subarray(0, bytesRead).toString('latin1')
    const end = text.indexOf('\n', MAGIC.length)
    if (!text.startsWith(MAGIC) || end < 0) return undefined
    return { head: Head.parse(JSON.parse(text.slice(MAGIC.length, end))), begins: end + 1 }
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return undefined
    throw error
  } finally {
    await file.close()
  }
}

/** SHA-256 of a file from a place on, base64url, and how many bytes that are. */
export async function digestOf(path: string, begins: number): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of createReadStream(path, { start: begins })) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError('a file was read that is no bytes')
    hash.update(chunk)
    bytes += chunk.length
  }
  return { sha256: hash.digest('base64url'), bytes }
}
