import { z } from 'zod'
import type { ClientKey } from './register-relying-party.ts'

const Keys = z.object({ keys: z.array(z.looseObject({ kty: z.enum(['EC', 'RSA', 'OKP']) })) })

/** Reads a JSON Web Key Set (RFC 7517, 5); undefined if the text is none. Whether the keys are public ones is seen when they are registered. */
export function readClientKeys(text: string): readonly ClientKey[] | undefined {
  try {
    return Keys.parse(JSON.parse(text)).keys
  } catch {
    return undefined
  }
}
