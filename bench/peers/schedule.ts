import type { Running } from './peer.ts'

const NS = 1e9

export type Paced = { rate: number; p50: number; p99: number; accepted: number; answered: number }

/**
 * Latency from the moment that the schedule names. The request that was least late begins the schedule.
 * Columns of `vegeta encode -to=csv`: when (ns), status, latency (ns), bytes out, bytes in, error, body, name, number, method, URL, headers.
 */
export function summarise(csv: string, rate: number, { status, text }: Running['accepts']): Paced {
  const rows = csv
    .trim()
    .split('\n')
    .map((line) => line.split(','))
  const sent = rows.map(([at, code, latency, , , , body, , number]) => ({
    due: (Number(number) / rate) * NS,
    at: Number(at),
    until: Number(at) + Number(latency),
    good: isGood(Number(code), body ?? '', status, text),
  }))
  const from = sent.reduce((least, { at, due }) => Math.min(least, at - due), Number.POSITIVE_INFINITY)
  const took = sent.map(({ until, due }) => (until - from - due) / 1e6).sort((a, b) => a - b)
  const at = (share: number): number => took[Math.min(took.length - 1, Math.ceil(took.length * share) - 1)] ?? 0
  return { rate, p50: at(0.5), p99: at(0.99), accepted: sent.filter(({ good }) => good).length, answered: sent.length }
}

function isGood(code: number, body: string, status: number, text: string | undefined): boolean {
  if (status !== 0 && code !== status) return false
  return text === undefined || text.startsWith('header:') || Buffer.from(body, 'base64').includes(text)
}
