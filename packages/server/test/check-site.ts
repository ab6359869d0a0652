import { Hono } from 'hono'
import { makeApiKey } from '../src/api-keys/make-api-key.ts'
import { checkDoor } from '../src/federation/check/api.ts'
import { type Env, withFacts } from '../src/http/request.ts'
import type { UserId } from '../src/ids.ts'
import { listTokens } from '../src/tokens/list-tokens.ts'
import { BROWSER, type World } from './world.ts'

export const STEP = 30_000
export const CHECK = '/validate/check'
export const FORM = 'application/x-www-form-urlencoded'

export type Fields = Readonly<Record<string, string>>
export type Ask = {
  path?: string
  method?: string
  fields?: Fields
  raw?: string | Uint8Array<ArrayBuffer> | FormData
  type?: string
  key?: string | undefined
  headers?: Record<string, string>
  from?: string
}
export type Site = Hono<Env>
/** The door as the map has it: behind nothing but the facts. */
export const openSite = (world: World): Site => new Hono<Env>().use(withFacts(world)).route('/', checkDoor(world))

export async function ask(site: Site, { path = CHECK, method = 'POST', fields = {}, raw, type = FORM, key, headers = {}, from }: Ask) {
  const body = raw ?? new URLSearchParams(fields).toString()
  const typed: Record<string, string> = body instanceof FormData || type === '' ? {} : { 'content-type': type }
  const sent = { ...typed, ...(key === undefined ? {} : { 'x-api-key': key }), ...headers }
  const bodyless = method === 'GET' || method === 'HEAD'
  const env = from === undefined ? {} : { incoming: { socket: { remoteAddress: from }, headers: {} } }
  const answer = await site.request(path, { method, headers: sent, ...(bodyless ? {} : { body }) }, env)
  const text = await answer.text()
  return { status: answer.status, text, body: text.startsWith('{') ? JSON.parse(text) : undefined, headers: answer.headers }
}

export async function makeNamedKey(world: World): Promise<{ id: string; secret: string }> {
  const made = await makeApiKey(world, BROWSER, 'RADIUS')
  if (made.outcome !== 'made') throw new Error(made.outcome)
  return made
}
export const makeKey = async (world: World) => (await makeNamedKey(world)).secret
export const failuresOf = async (world: World, user: UserId) =>
  (await world.db.read.selectFrom('code_guards').selectAll().where('user_id', '=', user).executeTakeFirstOrThrow()).door_failures
export const serialOf = async (world: World, user: UserId) => (await listTokens(world, user))[0]?.serialNumber ?? ''
