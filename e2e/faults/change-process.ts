import { endApiKey } from '@latchkey/server/api-keys/end-api-key'
import { makeApiKey } from '@latchkey/server/api-keys/make-api-key'
import { checkpointOf } from '@latchkey/server/audit/checkpoint'
import { readConfig } from '@latchkey/server/config'
import { type Context, INSIDE } from '@latchkey/server/context'
import { openSilentLog } from '@latchkey/server/observe/log'
import { openContext } from '@latchkey/server/operate/open-context'
import { findUserByName } from '@latchkey/server/users/find-user'
import { suspendUser } from '@latchkey/server/users/suspend-user'
import type { Change } from './history.ts'

/** A second process on the same data, as the command line is one: changes this and that until it is killed, and says what was done once it was. */
const EVERY_MS = 40
/** How many keys are in use before the oldest is ended. */
const KEYS_KEPT = 5

const { context } = await openContext(readConfig(process.env), openSilentLog())
const keys: string[] = []
const leaving: string[] = []
process.on('message', (names: string[]) => leaving.push(...names))
process.on('disconnect', () => process.exit())

for (let turn = 0; ; turn += 1) {
  // A fault is met here as well: what threw was not done, and is not said.
  await change(context, turn).catch(() => undefined)
  await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
}

async function change(ctx: Context, turn: number): Promise<void> {
  const made = await makeApiKey(ctx, INSIDE, `change ${turn}`)
  if (made.outcome === 'made') {
    keys.push(made.id)
    say({ kind: 'key-made', id: made.id })
  }
  const oldest = keys.length > KEYS_KEPT ? keys.shift() : undefined
  if (oldest !== undefined && (await endApiKey(ctx, INSIDE, oldest)).outcome === 'ended') say({ kind: 'key-ended', id: oldest })
  if (turn % 5 === 0) await suspendNext(ctx)
  if (turn % 7 === 0) await checkpoint(ctx)
}

async function suspendNext(ctx: Context): Promise<void> {
  const name = leaving.shift()
  const person = name === undefined ? undefined : await findUserByName(ctx, name)
  if (name === undefined || person === undefined) return
  if ((await suspendUser(ctx, INSIDE, person.id)).outcome === 'suspended') say({ kind: 'suspended', person: name })
}

async function checkpoint(ctx: Context): Promise<void> {
  const newest = await ctx.db.read.selectFrom('audit_blocks').selectAll().orderBy('number', 'desc').limit(1).executeTakeFirst()
  if (newest !== undefined) say({ kind: 'checkpoint', text: JSON.stringify(checkpointOf(newest)) })
}

type Said = Change extends infer C ? (C extends Change ? Omit<C, 'at'> : never) : never

function say(said: Said): void {
  process.send?.(said)
}
