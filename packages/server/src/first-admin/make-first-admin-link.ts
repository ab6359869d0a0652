import type { Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import { makeLink } from '../links/make-link.ts'

const LINK_MS = 24 * 3_600_000

/** The address of the page that makes the first administrator, good once; undefined once there is anybody. The one before is void. */
export function makeFirstAdminLink(ctx: Context): Promise<string | undefined> {
  return ctx.db.transaction(async (tx) => {
    if ((await countPeople(tx)) > 0) return undefined
    const secret = await makeLink(ctx, tx, { purpose: 'first-admin', user: undefined, goodForMs: LINK_MS })
    return `${ctx.config.login.url}/first-administrator/${secret}`
  })
}

/** Everybody who was ever here, those removed too. */
export async function countPeople(tx: Tx): Promise<number> {
  const row = await tx
    .selectFrom('users')
    .select((user) => user.fn.countAll<number>().as('people'))
    .executeTakeFirstOrThrow()
  return Number(row.people)
}
