import { HTTPException } from 'hono/http-exception'
import type { Context } from '../context.ts'
import { countSource, type Sources } from '../http/limit-source.ts'
import { drawId, type FlowId } from '../ids.ts'
import type { Session } from '../session.ts'

const GOOD_FOR_MS = 30 * 60_000
/** Anybody may begin a sign-in, and each is a row: an address has so many that are good at a time. */
const BEGUN = { most: 10_000, withinMs: GOOD_FOR_MS }
const begun = new WeakMap<Context, Sources>()

export type SignInWish = {
  /** `http/browser-cookie.ts`: the browser that this sign-in belongs to. */
  browser: string
  /** The address that asks. */
  source: string
  /** A path of this origin, of our own making: where the browser goes at the end. */
  returnTo: string
  /** Its name, for the person to read. */
  relyingParty: string | undefined
  /** The origin that forms of this sign-in may lead to beside ours. */
  formOrigin: string | undefined
  wantsSecondFactor: boolean
  /** What is asked for has to have been proved after this moment, in milliseconds since 1970. */
  freshSince: number | undefined
  /** The browser's session, if it is signed in: then a second factor is all that is asked for. */
  session?: Session | undefined
}

/** Begins a sign-in; its page is `/sign-in/<id>`. @throws HTTPException 429 if its source has begun too many */
export async function startSignIn(ctx: Context, wish: SignInWish): Promise<FlowId> {
  const id = drawId('flw', ctx.random)
  const at = ctx.now()
  if (!countSource(sourcesOf(ctx), wish.source, at, BEGUN)) throw new HTTPException(429)
  const wantsSecondFactor = wish.wantsSecondFactor || ctx.config.signIn.secondFactor === 'always'
  const known = wantsSecondFactor ? wish.session : undefined
  await ctx.db.transaction((tx) =>
    tx
      .insertInto('sign_in_flows')
      .values({
        id,
        browser: wish.browser,
        state: known === undefined ? 'password' : 'second-factor',
        user_id: known?.user ?? null,
        session_id: wish.session?.id ?? null,
        return_to: wish.returnTo,
        form_origin: wish.formOrigin ?? null,
        relying_party: wish.relyingParty ?? null,
        password_at: known?.passwordAt ?? null,
        device_id: null,
        wants_second_factor: wantsSecondFactor ? 1 : 0,
        fresh_since: wish.freshSince ?? null,
        created_at: at,
        expires_at: at + GOOD_FOR_MS,
      })
      .execute(),
  )
  return id
}

function sourcesOf(ctx: Context): Sources {
  const known = begun.get(ctx)
  if (known !== undefined) return known
  const fresh: Sources = new Map()
  begun.set(ctx, fresh)
  return fresh
}
