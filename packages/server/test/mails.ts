import type { UserId } from '../src/ids.ts'
import type { World } from './world.ts'

export type TestMail = { to: readonly string[]; subject: string; text: string }

/** The mails that wait in the outbox for a person, the oldest first. */
export async function mailsOf(world: World, user: UserId): Promise<TestMail[]> {
  const rows = await world.db.read
    .selectFrom('outbox')
    .select(['id', 'sealed_payload'])
    .where('user_id', '=', user)
    .where('kind', '=', 'mail')
    .orderBy('created_at')
    .execute()
  return rows.map(({ id, sealed_payload }) => {
    const plain = world.keys.open({ table: 'outbox', column: 'sealed_payload', id }, sealed_payload)
    const mail: TestMail = JSON.parse(Buffer.from(plain).toString('utf8'))
    return mail
  })
}
