import type { Code, Kind } from './codes.ts'

/** A server that answers. */
export type Running = {
  /** Origins that take the same requests. */
  addresses: readonly string[]
  /** The requests that hand in these codes, as they go over the wire; whatever else each needs (a ticket, a session) is made before. */
  requests: (codes: readonly Code[]) => Promise<readonly string[]>
  /** What an answer that accepts has: its status, and text in its body or (`header:NAME:TEXT`) in a header. */
  accepts: { status: number; text?: string }
  /** Bytes that people and tokens take on disk; undefined where that was not asked. */
  bytes?: number
  stop: () => Promise<void>
}

/** A server of the comparison. */
export type Peer = {
  name: string
  /** One line: what is asked, of what, with which settings. */
  what: string
  /** Its script under this folder, with arguments, that puts it where it is run from. */
  install?: readonly string[]
  /** RFC 6238 with this hash. */
  algorithm: 'sha1' | 'sha256'
  /** Servers with the same people share the codes that are left; its name where it has people of its own. */
  population?: string
  /** What it is asked; everything where nothing is said. */
  kinds?: readonly Kind[]
  version: () => Promise<string>
  /** Starts it with so many people, each with an active token; what was filled before is used again. */
  start: (people: number) => Promise<Running>
}
