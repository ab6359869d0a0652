import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/** The public half of the portal's key (ES256), made on first use in a file for its owner alone. Two who make it at once end up with one. */
export function portalKey(file: string): Readonly<Record<string, unknown>> & { kty: 'EC' } {
  if (!existsSync(file)) make(file)
  const { crv, x, y } = createPublicKey({ key: JSON.parse(readFileSync(file, 'utf8')), format: 'jwk' }).export({ format: 'jwk' })
  return { kty: 'EC', crv, x, y, alg: 'ES256', use: 'sig' }
}

function make(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const beside = `${file}.${process.pid}`
  const handle = openSync(beside, 'wx', 0o600)
  writeSync(handle, `${JSON.stringify(privateKey.export({ format: 'jwk' }))}\n`)
  fsyncSync(handle)
  closeSync(handle)
  try {
    linkSync(beside, file)
  } catch (error) {
    if (!existsSync(file)) throw error
  }
  unlinkSync(beside)
}
