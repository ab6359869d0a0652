/** The `client_id` of the certificate portal. */
export const PORTAL = 'portal'

/** One of our classes: the password; or that and a second factor. */
export type Acr = 'urn:latchkey:acr:one-factor' | 'urn:latchkey:acr:two-factors'
export const ONE_FACTOR: Acr = 'urn:latchkey:acr:one-factor'
export const TWO_FACTORS: Acr = 'urn:latchkey:acr:two-factors'
/** The weaker one first. */
export const ACRS: readonly Acr[] = [ONE_FACTOR, TWO_FACTORS]

/** What of a session a judgement rests on. Times are milliseconds. */
export type Proofs = {
  user: string
  passwordAt: number | undefined
  secondFactorAt: number | undefined
  amr: readonly string[]
}

/** What an authorization asks of a session; where several ask, the strictest of each. */
export type Wish = {
  acr: Acr
  /** Kinds of second factor of which one must have been used. */
  kinds: readonly string[] | undefined
  /** Whose session it has to be. */
  user: string | undefined
  /** Milliseconds: what was proved earlier is too old. */
  notBefore: number | undefined
}

/** What a relying party is held to, whatever it asks for. */
export type Policy = { acr: Acr | undefined; kinds: readonly string[] | undefined; freshnessMs: number | undefined }

/** What a client asked for, as it came: nothing in it is trusted to be of a type. */
export type Asked = {
  acrValues: string | undefined
  claims: string | undefined
  maxAge: string | undefined
  prompts: readonly string[]
  /** The subject of a verified `id_token_hint`. */
  hinted: string | undefined
}

export type Verdict = 'suffices' | 'sign-in' | 'other-person' | 'second-factor' | 'too-old'

/** How a kind of authenticator shows among the methods (RFC 8176). */
const METHOD_OF_KIND: Readonly<Record<string, string>> = { 'soft-token': 'otp' }

/** The class that a session reached; undefined without a password. */
export function acrOf({ passwordAt, secondFactorAt }: Proofs): Acr | undefined {
  if (passwordAt === undefined) return undefined
  return secondFactorAt === undefined ? ONE_FACTOR : TWO_FACTORS
}

/** The methods; `mfa` if and only if there were two factors. */
export function amrOf(proofs: Proofs): string[] {
  const single = proofs.amr.filter((method) => method !== 'mfa')
  return acrOf(proofs) === TWO_FACTORS ? [...single, 'mfa'] : single
}

/** When something was proved last, in seconds since 1970 (OpenID Connect Core, 2). */
export function authTimeOf(proofs: Proofs): number {
  return Math.floor(provedAt(proofs) / 1000)
}

/** When something was proved last, in milliseconds. */
export function provedAt({ passwordAt, secondFactorAt }: Proofs): number {
  return Math.max(passwordAt ?? 0, secondFactorAt ?? 0)
}

/** Does the session suffice; if not, what is missing. */
export function judge(proofs: Proofs | undefined, wish: Wish): Verdict {
  if (proofs === undefined) return 'sign-in'
  if (wish.user !== undefined && wish.user !== proofs.user) return 'other-person'
  const reached = acrOf(proofs)
  if (reached === undefined) return 'sign-in'
  if (rankOf(reached) < rankOf(wish.acr)) return 'second-factor'
  if (wish.kinds !== undefined && !usedOneOf(proofs, wish.kinds)) return 'second-factor'
  if (wish.notBefore !== undefined && relevantTime(proofs, wish) < wish.notBefore) return 'too-old'
  return 'suffices'
}

/** Where two factors are wanted, a fresh password does not make an old second factor fresh. */
function relevantTime(proofs: Proofs, wish: Wish): number {
  return wantsSecondFactor(wish) ? (proofs.secondFactorAt ?? 0) : provedAt(proofs)
}

export function wantsSecondFactor(wish: Wish): boolean {
  return wish.acr === TWO_FACTORS || wish.kinds !== undefined
}

function usedOneOf(proofs: Proofs, kinds: readonly string[]): boolean {
  if (proofs.secondFactorAt === undefined) return false
  return kinds.some((kind) => {
    const method = METHOD_OF_KIND[kind]
    return method !== undefined && proofs.amr.includes(method)
  })
}

/**
 * What an authorization asks for in all. The policy is the floor: a client can ask for more, never for less.
 * @param since when this request's sign-in began: what was proved after that is fresh, however small `max_age` is
 */
export function wishOf(asked: Asked, policy: Policy, now: number, since: number | undefined): Wish {
  const floors = [ageFloor(secondsOf(asked.maxAge), now, since), ageFloor(policy.freshnessMs, now, since)]
  if (asked.prompts.includes('login') && since !== undefined) floors.push(since)
  const known = floors.filter((floor) => floor !== undefined)
  return {
    acr: strictest(policy.acr, leastOf(voluntaryAcrs(asked)), leastOf(essentialAcrs(asked))),
    kinds: policy.kinds,
    user: asked.hinted ?? subjectOf(asked),
    notBefore: known.length === 0 ? undefined : Math.max(...known),
  }
}

function ageFloor(ageMs: number | undefined, now: number, since: number | undefined): number | undefined {
  if (ageMs === undefined) return undefined
  return since === undefined ? now - ageMs : Math.min(since, now - ageMs)
}

function secondsOf(maxAge: string | undefined): number | undefined {
  const seconds = maxAge === undefined ? Number.NaN : Number(maxAge)
  return Number.isFinite(seconds) ? seconds * 1000 : undefined
}

/** `acr_values`, and an `acr` claim that is not essential: the weakest that is known is what is needed (RFC 9470, 4). */
function voluntaryAcrs(asked: Asked): readonly string[] {
  const claim = acrClaim(asked)
  const values = (asked.acrValues ?? '').split(' ')
  return claim?.['essential'] === true ? values : [...values, ...valuesOf(claim)]
}

/** The values of which an essential `acr` claim wants one (OpenID Connect Core, 5.5.1.1). */
export function essentialAcrs(asked: Asked): readonly string[] {
  const claim = acrClaim(asked)
  return claim?.['essential'] === true ? valuesOf(claim) : []
}

/** An essential `acr` of which we know no value can be had by no sign-in. */
export function isUnattainable(asked: Asked): boolean {
  const values = essentialAcrs(asked)
  return values.length > 0 && !values.some((value) => isAcr(value))
}

/** What is said of a session that suffices: an essential claim gets one of the values it named, and never more than was reached. */
export function acrToSay(proofs: Proofs, asked: Asked): Acr | undefined {
  const reached = acrOf(proofs)
  if (reached === undefined) return undefined
  const named = ACRS.filter((acr) => essentialAcrs(asked).includes(acr) && rankOf(acr) <= rankOf(reached))
  return named.at(-1) ?? reached
}

function valuesOf(claim: Readonly<Record<string, unknown>> | undefined): string[] {
  const { value, values } = { value: claim?.['value'], values: claim?.['values'] }
  return [value, ...(Array.isArray(values) ? values : [])].filter((one) => typeof one === 'string')
}

function acrClaim(asked: Asked): Readonly<Record<string, unknown>> | undefined {
  return claimOf(asked, 'acr')
}

function subjectOf(asked: Asked): string | undefined {
  const value = claimOf(asked, 'sub')?.['value']
  return typeof value === 'string' ? value : undefined
}

/** What was asked of a claim of the ID Token. The library has refused what is no JSON object of objects. */
function claimOf({ claims }: Asked, name: string): Readonly<Record<string, unknown>> | undefined {
  if (claims === undefined) return undefined
  const parsed: unknown = JSON.parse(claims)
  const idToken = memberOf(parsed, 'id_token')
  return recordOf(memberOf(idToken, name))
}

function memberOf(value: unknown, name: string): unknown {
  return recordOf(value)?.[name]
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
}

export function isAcr(value: string): value is Acr {
  return value === ONE_FACTOR || value === TWO_FACTORS
}

function rankOf(acr: Acr): number {
  return ACRS.indexOf(acr)
}

function leastOf(values: readonly string[]): Acr | undefined {
  return ACRS.find((acr) => values.includes(acr))
}

function strictest(...acrs: readonly (Acr | undefined)[]): Acr {
  return ACRS.findLast((acr) => acrs.includes(acr)) ?? ONE_FACTOR
}
