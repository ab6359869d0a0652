import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { chainState } from '../audit/chain-state.ts'
import type { Tally } from '../audit/tally.ts'
import type { Context } from '../context.ts'
import { backlog } from '../outbox/backlog.ts'

/** What the server counts. Labels are literals of the program: no name, no address, no path as it was typed. */
export type Metrics = {
  /** @param route the route's pattern, such as `/sign-in/:flow` @param seconds until the answer was there */
  readonly countRequest: (origin: string, method: string, route: string, status: number, seconds: number) => void
  /** Decisions that were committed and sealed: sign-ins, security codes and everything else that the audit log keeps. */
  readonly countDecisions: (made: readonly Tally[]) => void
  readonly countDelivered: (delivered: { sent: number; retried: number; failed: number }) => void
  /** Adds what is looked up when it is asked for, such as how many hashes wait for their turn. */
  readonly addGauge: (name: string, help: string, read: () => number) => void
  readonly registry: Registry
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

type Source = Pick<Context, 'db'>
const KNOWN = new WeakMap<Source['db'], Metrics>()

/** The metrics of a context: the same for all who ask. */
export function metricsOf(ctx: Source): Metrics {
  const metrics = KNOWN.get(ctx.db) ?? openMetrics(ctx)
  KNOWN.set(ctx.db, metrics)
  return metrics
}

function openMetrics(ctx: Source): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const requests = new Histogram({
    name: 'latchkey_request_seconds',
    help: 'Requests by origin (login, token, portal), method, route and status, and how long they took',
    labelNames: ['origin', 'method', 'route', 'status'],
    buckets: SECONDS,
    registers,
  })
  const decisions = new Counter({
    name: 'latchkey_decisions_total',
    help: 'Decisions by action and outcome, as the audit log keeps them; each is counted by the instance that sealed it',
    labelNames: ['action', 'outcome'],
    registers,
  })
  const messages = new Counter({
    name: 'latchkey_outbox_messages_total',
    help: 'Messages that were sent, put off after a failure, or given up',
    labelNames: ['outcome'],
    registers,
  })
  addGauges(ctx, registers)
  return {
    registry,
    addGauge: (name, help, read) => gaugeOf(registers, name, help, async () => read()),
    countRequest: (origin, method, route, status, seconds) =>
      requests.observe({ origin, method: METHODS.has(method) ? method : 'other', route, status }, seconds),
    countDecisions: (made) => {
      for (const { action, outcome, count } of made) decisions.inc({ action, outcome }, count)
    },
    countDelivered: (delivered) => {
      for (const [outcome, count] of Object.entries(delivered)) messages.inc({ outcome }, count)
    },
  }
}

/** Looked up when they are asked for. A database that does not answer is what `/readyz` tells: here its gauges keep still. */
function addGauges(ctx: Source, registers: Registry[]): void {
  gaugeOf(registers, 'latchkey_outbox_waiting', 'Messages in the outbox that did not leave yet', async () => (await backlog(ctx)).waiting)
  gaugeOf(registers, 'latchkey_outbox_failed', 'Messages that were given up in the last week', async () => (await backlog(ctx)).failed)
  gaugeOf(registers, 'latchkey_audit_unsealed', 'Audit events that are in no block yet', async () => (await chainState(ctx)).unsealed)
  gaugeOf(registers, 'latchkey_audit_block', 'The newest block of the audit log', async () => (await chainState(ctx)).block)
}

function gaugeOf(registers: Registry[], name: string, help: string, read: () => Promise<number>): void {
  new Gauge({
    name,
    help,
    registers,
    async collect() {
      const value = await read().catch(() => undefined)
      if (value !== undefined) this.set(value)
    },
  })
}
