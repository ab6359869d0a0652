import { expect } from 'vitest'
import type { World } from '../../../../../test/world.ts'
import type { Browser, Stop } from '../../test/browser.ts'
import { CALLBACK, newParty, type Party, type Person, postToken, type Request, requestOf, type Stand, signIn } from '../../test/stand.ts'
import { answerOf, codeOf, type Mode } from './answers.ts'
import { type Claims, checkTokens } from './tokens.ts'

/** Where the modules of a plan are done: at one provider, with answers that come one way. */
export type Bench = { world: () => World; stand: () => Stand; mode: Mode }
export type Extra = Readonly<Record<string, string>>
/** What a flow led to: the request, the form that the code was redeemed with, the answer to it, and the claims of the ID Token. */
export type Flow = { request: Request; form: Record<string, string>; answer: Awaited<ReturnType<typeof postToken>>; claims: Claims }

/** A request as each module begins with: `openid` alone, and PKCE, without which there is no code here. */
export function ask({ mode }: Bench, party: Party, extra: Extra = {}): Promise<Request> {
  return requestOf(party, { scope: 'openid', ...(mode === 'query' ? {} : { response_mode: mode }), ...extra })
}

/** The form that redeems what an answer brought. */
export function formOf({ stand, mode }: Bench, request: Request, stop: Stop): Record<string, string> {
  const code = codeOf(stand(), request, answerOf(mode, stop))
  return { grant_type: 'authorization_code', redirect_uri: CALLBACK, code, code_verifier: request.verifier }
}

/** From the answer to the tokens, everything on the way checked. */
export async function finish(bench: Bench, party: Party, request: Request, stop: Stop): Promise<Flow> {
  const form = formOf(bench, request, stop)
  const answer = await postToken(bench.stand(), party, form)
  return { request, form, answer, claims: await checkTokens(bench.stand(), party, request, answer) }
}

/** The whole way of somebody who is signed in: a browser that is shown a page on it ends there. */
export async function flow(bench: Bench, party: Party, browser: Browser, extra: Extra = {}): Promise<Flow> {
  const request = await ask(bench, party, extra)
  return finish(bench, party, request, await browser.open(request.url))
}

/** The whole way in a browser without cookies: the sign-in page, somebody signs in, the answer. */
export async function flowFromThePage(bench: Bench, party: Party, extra: Extra = {}): Promise<Flow> {
  const browser = bench.stand().newBrowser()
  const request = await ask(bench, party, extra)
  const resume = resumeOf(await browser.open(request.url))
  const { user } = await signIn(bench.stand(), bench.world(), {}, undefined, browser)
  const done = await finish(bench, party, request, await browser.open(resume))
  expect(done.claims.sub).toBe(user)
  return done
}

/** A browser that was sent to sign in, and where it goes on from there. */
export function resumeOf(page: Stop): string {
  expect(page.url.pathname).toMatch(/^\/sign-in\//)
  return `${page.trail.find((one) => one.includes('/oidc/interaction/'))}/resume`
}

/** A relying party and somebody who is signed in. */
export async function ready({ stand, world }: Bench): Promise<{ party: Party } & Person> {
  return { party: await newParty(stand()), ...(await signIn(stand(), world())) }
}
