import { findApiKey } from '../../api-keys/find-api-key.ts'
import type { Context } from '../../context.ts'
import { isAmong, peerOf } from '../../http/address.ts'
import type { Request } from '../../http/request.ts'

/** Who asks: by `id` its requests are counted, `key` is what the audit log names. */
export type Admitted = { id: string; key: string | undefined }

/** Plugins send a key with the word before it, or bare, in whichever header they have. */
const KEY_HEADERS = ['x-api-key', 'authorization', 'pi-authorization']
const KEY = /^(?:Bearer +)?(?<key>lk_[A-Za-z0-9_-]+)$/i
/** Whoever forwards says so by one of these. */
const FORWARDING = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via']
/** A browser adds these by itself, a program does not. */
const OF_PAGES = ['origin', 'sec-fetch-site']

/** Lets in who has a good API key, or none and an address that is open. A key that is not good is refused wherever it comes from. */
export async function admit(request: Request, ctx: Context): Promise<Admitted | undefined> {
  const sent = new Set(KEY_HEADERS.flatMap((name) => KEY.exec(request.req.header(name) ?? '')?.groups?.['key'] ?? []))
  const [secret] = sent
  if (secret === undefined) return isOpen(request, ctx) ? { id: `from ${request.get('facts').address}`, key: undefined } : undefined
  const found = sent.size === 1 ? await findApiKey(ctx, secret, 'validate') : undefined
  return found && { id: found.id, key: found.id }
}

/**
 * Whether the address is one that needs no key. A proxy's own address never is: it stands for everybody behind it who was not named, and so does
 * one that forwards without being known as a proxy. Nor is a page in a browser, which a stranger may have sent there.
 */
function isOpen(request: Request, { config }: Context): boolean {
  const { address } = request.get('facts')
  if (!isAmong(config.check.addresses, address) || isAmong(config.proxies, address)) return false
  const has = (names: readonly string[]) => names.some((name) => request.req.header(name) !== undefined)
  return !has(OF_PAGES) && !(peerOf(request) === address && has(FORWARDING))
}
