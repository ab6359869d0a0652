import type { Tally } from '../audit/tally.ts'
import type { Context } from '../context.ts'
import { ANNOUNCE_EVERY_MS, announce, forgetDead, withdraw } from '../keys/announce.ts'
import { metricsOf } from '../observe/metrics.ts'
import { deliver, type Senders } from '../outbox/deliver.ts'
import { openMail } from '../outbox/open-mail.ts'
import { sweep } from '../outbox/sweep.ts'
import { endAll } from './end-all.ts'
import { repeat } from './repeat.ts'

/** What other rooms bring: who tells relying parties of ended sessions, what they have to sweep. */
export type Upkeep = {
  readonly backChannelLogout: Senders['backChannelLogout']
  /** Seals the audit log, and counts what was decided: `sealAndCount`. */
  readonly seal: () => Promise<readonly Tally[]>
  readonly passwordReset: NonNullable<Senders['passwordReset']>
  /** Deletes what is kept no longer; each once in ten minutes. */
  readonly sweeps: readonly (() => Promise<unknown>)[]
}
export type KeptUp = { readonly stop: () => Promise<void> }

const SECOND = 1_000

/**
 * All that a server does by itself while it runs: delivers messages, seals the audit log, follows a rotation of the keys, sweeps.
 * `instance` is the name by which it is announced. `stop` ends the deliveries under way, seals what is left, and resolves when nothing here uses the database any more.
 */
export function keepUp(ctx: Context, instance: string, { backChannelLogout, passwordReset, sweeps, seal: sealAll }: Upkeep): KeptUp {
  const metrics = metricsOf(ctx)
  const mail = openMail(ctx.config)
  const senders: Senders = { mail: mail.send, backChannelLogout, passwordReset }
  const seal = async () => metrics.countDecisions(await sealAll())
  const work = [
    repeat(ctx.log, { name: 'audit', everyMs: SECOND, work: seal }),
    repeat(ctx.log, { name: 'keys', everyMs: ANNOUNCE_EVERY_MS, work: () => announce(ctx, instance) }),
    repeat(ctx.log, {
      name: 'outbox',
      everyMs: SECOND,
      work: async (signal) => metrics.countDelivered(await deliver(ctx, senders, signal)),
    }),
    repeat(ctx.log, {
      name: 'sweep',
      everyMs: 600 * SECOND,
      // One that fails keeps no other from its turn. Whoever stops waits for one of them, not for all: each may wait for a database that takes no write.
      work: (signal) => endAll([() => sweep(ctx), () => forgetDead(ctx), ...sweeps], signal),
    }),
  ]
  return {
    stop: async () => {
      await Promise.all(work.map((one) => one.stop()))
      mail.close()
      // Without a database that takes it, the one is forgotten in half a minute, and the other is done by the next server.
      await endAll([() => withdraw(ctx, instance), seal]).catch((error: unknown) =>
        ctx.log.warn({ err: error }, 'the last of the upkeep could not be done'),
      )
    },
  }
}
