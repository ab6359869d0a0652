import type { Request } from '../../http/request.ts'
import { decodeAgain, decodingFor, type Parameters } from './rules.ts'

type ReadParameters =
  | { ok: true; parameters: Parameters }
  | { ok: false; trouble: 'malformed' | 'query' }
  | { ok: false; trouble: 'twice'; name: string }

/**
 * Reads the parameters of a request: of a GET from its query, of a POST from its body and from nowhere else, for whatever stands in an
 * address stands in logs.
 */
export async function readParameters(request: Request): Promise<ReadParameters> {
  if (request.req.method === 'GET') return flat(request, new URL(request.req.url).searchParams)
  if (request.req.url.includes('?')) return { ok: false, trouble: 'query' }
  const type = request.req.header('content-type')?.split(';', 1)[0]?.trim().toLowerCase()
  if (type === 'application/json') return readJson(request)
  if (type === 'application/x-www-form-urlencoded') return flat(request, new URLSearchParams(await request.req.text()))
  if (type !== 'multipart/form-data') return { ok: false, trouble: 'malformed' }
  const form = await request.req.formData().catch(() => undefined)
  return form === undefined ? { ok: false, trouble: 'malformed' } : flat(request, form)
}

/** JSON is encoded in no other way, and so read once. */
async function readJson(request: Request): Promise<ReadParameters> {
  const body: unknown = await request.req.json().catch(() => undefined)
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return { ok: false, trouble: 'malformed' }
  return { ok: true, parameters: new Map<string, unknown>(Object.entries(body)) }
}

/** A name that comes twice is refused: whoever reads the first of two and whoever reads the last would check different people. */
function flat(request: Request, pairs: Iterable<readonly [string, unknown]>): ReadParameters {
  const decoding = decodingFor(request.req.header('user-agent'))
  const parameters = new Map<string, unknown>()
  for (const [name, value] of pairs) {
    if (parameters.has(name)) return { ok: false, trouble: 'twice', name }
    parameters.set(name, typeof value === 'string' ? decodeAgain(value, decoding) : value)
  }
  return { ok: true, parameters }
}
