/** What a ticket was exchanged for, once (STP-1, 2). Codes as the site prints them. */
export type Opened = { ok: true; serialNumber: string; activationCode: string; name: string }
/** `refused`: opened already, too old, or none at all; the site does not say which. */
export type SiteRefusal = { ok: false; error: 'refused' | 'unreachable' }

const OPEN = '/api/v1/activations/open'
const REGISTER = '/api/v1/activations/register'
const TOO_MANY = 429
const PATIENCE_MS = 20_000

/** Hands a ticket in and takes the codes. */
export async function openTicket(loginUrl: string, ticket: string): Promise<Opened | SiteRefusal> {
  const answer = await post(loginUrl, OPEN, { ticket })
  if (!answer.ok) return answer
  const { serialNumber, activationCode, name } = answer.body
  const whole = typeof serialNumber === 'string' && typeof activationCode === 'string' && typeof name === 'string'
  return whole ? { ok: true, serialNumber, activationCode, name } : { ok: false, error: 'unreachable' }
}

/** Hands the registration code in: its owner is asked on the site now. */
export async function handIn(loginUrl: string, ticket: string, registrationCode: string): Promise<{ ok: true } | SiteRefusal> {
  const answer = await post(loginUrl, REGISTER, { ticket, registrationCode })
  return answer.ok ? { ok: true } : answer
}

type Answer = { ok: true; body: Record<string, unknown> } | SiteRefusal

async function post(loginUrl: string, path: string, body: object): Promise<Answer> {
  try {
    const response = await fetch(`${loginUrl}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
    if (response.ok) return { ok: true, body: await response.json() }
    return { ok: false, error: response.status < 500 && response.status !== TOO_MANY ? 'refused' : 'unreachable' }
  } catch {
    return { ok: false, error: 'unreachable' }
  }
}
