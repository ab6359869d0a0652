import { join } from 'node:path'
import { beside } from '../../server/process.ts'
import type { Peer } from '../peer.ts'
import { postJson } from '../wire.ts'

/** What bare `node:http` does with Latchkey's requests: reads the JSON, answers JSON. */
export const ECHO: Peer = {
  name: 'bare node:http echo',
  what: 'the requests of Latchkey, read and answered as JSON, nothing judged',
  algorithm: 'sha256',
  kinds: ['unknown'],
  version: async () => process.version,
  start: async () => {
    const { child, said } = await beside(join(import.meta.dirname, '..', '..', 'server', 'echo.ts'), process.env)
    const headers = { authorization: `Bearer lk_${'A'.repeat(43)}` }
    return {
      addresses: [`http://127.0.0.1:${said['port']}`],
      requests: async (codes) => codes.map(({ name, code }) => postJson('/api/v1/validate', headers, { user: name, code })),
      accepts: { status: 200, text: '"accepted":true' },
      stop: async () => child.disconnect(),
    }
  },
}
