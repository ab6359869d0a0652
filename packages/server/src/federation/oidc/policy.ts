import { errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider'
import type { Context } from '../../context.ts'
import { askedBy } from './asked.ts'
import { policyOf } from './clients.ts'
import { loginOf, ourSession } from './our-session.ts'
import { acrToSay, isUnattainable, judge, wishOf } from './rules.ts'

const { Check, base } = interactionPolicy

/** What the library knows of sessions by itself is less than what we do: its own checks of age and class give way to ours. */
const REPLACED = ['no_session', 'max_age', 'essential_acrs', 'essential_acr']
/** The relying parties are ours: what they may know is the administrator's decision, made when they were registered. */
const NOT_ASKED = ['native_client_prompt', 'op_scopes_missing', 'op_claims_missing', 'rs_scopes_missing', 'rar_prompt']

/** When the library has to send a person to us. */
export function openPolicy(ctx: Context) {
  const prompts = base()
  const login = prompts.get('login')
  const consent = prompts.get('consent')
  if (login === undefined || consent === undefined) throw new Error('the library has other prompts than those that are known')
  for (const reason of REPLACED) login.checks.remove(reason)
  for (const reason of NOT_ASKED) consent.checks.remove(reason)
  login.checks.add(
    new Check(
      'our_session',
      'the session at the identity server does not suffice',
      'login_required',
      (oidc) => isInsufficient(ctx, oidc),
      () => ({}),
    ),
  )
  // Checks of the second prompt run once the first has nothing to ask: only then does the relying party take part in the session.
  consent.checks.add(new Check('grant', 'a grant is kept', keepGrant, () => ({})))
  return prompts
}

async function isInsufficient(ctx: Context, koa: KoaContextWithOIDC): Promise<boolean> {
  const { oidc } = koa
  const asked = askedBy(oidc.params ?? {})
  if (isUnattainable(asked)) throw new errors.UnmetAuthenticationRequirements('none of the requested acr values is known here')
  const ours = await ourSession(ctx, koa.req)
  const { session, client } = oidc
  if (ours === undefined || session === undefined || client === undefined || session.accountId !== ours.user) return Check.REQUEST_PROMPT
  const wish = wishOf(asked, await policyOf(ctx, client.clientId), ctx.now(), sinceOf(oidc.result))
  if (judge(ours, wish) !== 'suffices') return Check.REQUEST_PROMPT
  const acr = acrToSay(ours, asked)
  Object.assign(session, loginOf(ours), acr === undefined ? {} : { acr })
  return Check.NO_NEED_TO_PROMPT
}

async function keepGrant({ oidc }: KoaContextWithOIDC): Promise<boolean> {
  await oidc.entities.Grant?.save()
  return Check.NO_NEED_TO_PROMPT
}

/** When the sign-in of an interaction began, as its result says. Results are written by us alone. */
export function sinceOf(result: Readonly<Record<string, unknown>> | undefined): number | undefined {
  const since = result?.['since']
  return typeof since === 'number' ? since : undefined
}
