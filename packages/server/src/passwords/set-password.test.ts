import { expect, test } from 'vitest'
import { mailsOf } from '../../test/mails.ts'
import { enrolPerson } from '../../test/people.ts'
import { BROWSER, onBothEngines, type World } from '../../test/world.ts'
import type { UserId } from '../ids.ts'
import { checkPassword } from './check-password.ts'
import { forgetGuards } from './forget-guards.ts'
import { setPassword } from './set-password.ts'

const RIGHT = 'a right and proper password'
const WRONG = 'a wrong and improper password'

onBothEngines('setting a password', (world) => {
  const person = async (password = RIGHT) => {
    const { user, name } = await enrolPerson(world())
    if (password !== '') expect(await setPassword(world(), BROWSER, user, password)).toEqual({ outcome: 'set' })
    return { name, user }
  }
  const check = (name: string, password: string) => checkPassword(world(), BROWSER, { name, password, device: undefined }, async () => true)
  const fail = async (name: string, times: number) => {
    for (let time = 0; time < times; time += 1) expect(await check(name, WRONG)).toEqual({ outcome: 'wrong' })
  }

  test('a refused password changes nothing, and says why', async () => {
    const { name, user } = await person()
    for (const [password, reason] of [
      ['short', 'too-short'],
      ['x1-'.repeat(50), 'too-long'],
      ['passwordpassword', 'common'],
      [`${name}${name}${name}`, 'personal'],
      [`${name}@example.test`, 'personal'],
      ['latchkeylatchkey', 'personal'],
      ['aaaaaaaaaaaaaaaa', 'repeated'],
      ['nul\0in the middle of it', 'control-characters'],
    ] as const)
      expect(await setPassword(world(), BROWSER, user, password)).toEqual({ outcome: 'refused', reason })
    expect((await check(name, RIGHT)).outcome).toBe('right')
    expect(await setPassword(world(), BROWSER, 'usr_nobody', RIGHT)).toEqual({ outcome: 'no-such-user' })
  })

  test('a change tells the owner and ends every session but the one; the first password tells nobody', async () => {
    const { user } = await person()
    expect(await mailsOf(world(), user)).toHaveLength(0)
    const [keep, ...others] = await openSessions(world(), user, 3)
    await setPassword(world(), BROWSER, user, 'another right and proper one', { keep })
    expect(await aliveSessions(world(), user)).toEqual([keep])
    expect(others).toHaveLength(2)
    const [mail, ...more] = await mailsOf(world(), user)
    expect(more).toHaveLength(0)
    expect(mail?.text).not.toContain('another right and proper one')
  })

  test('a reset ends all sessions, frees the name from its wait, and is noted for what has to wait after it', async () => {
    const { name, user } = await person()
    await openSessions(world(), user, 2)
    await fail(name, 5)
    await setPassword(world(), BROWSER, user, 'another right and proper one', { reset: 'recovery-code' })
    expect(await aliveSessions(world(), user)).toEqual([])
    expect((await check(name, 'another right and proper one')).outcome).toBe('right')
    const guard = await world()
      .db.read.selectFrom('recovery_guards')
      .select('password_reset_at')
      .where('user_id', '=', user)
      .executeTakeFirst()
    expect(guard?.password_reset_at).toBe(world().now())
    expect(await mailsOf(world(), user)).toHaveLength(1)
  })

  test('neither password nor name stands in the database, nor in the audit log', async () => {
    const { name } = await person('a canary that sings no song')
    await check(name, 'a canary that sings a song')
    await check('a-canary-nobody-knows', 'x')
    for (const table of ['audit_events', 'password_guards', 'passwords', 'devices'] as const) {
      const rows = JSON.stringify(await world().db.read.selectFrom(table).selectAll().execute())
      expect(rows).not.toContain('canary')
    }
  })

  test('names that nobody has tried for a day are forgotten, others are not', async () => {
    await check('somebody-tried-once', WRONG)
    const rows = async () => (await world().db.read.selectFrom('password_guards').select('subject').execute()).length
    const before = await rows()
    expect(before).toBeGreaterThan(0)
    world().pass(24 * 3_600_000 - 1)
    await check('somebody-else', WRONG)
    world().pass(2)
    await forgetGuards(world())
    expect(await rows()).toBe(1)
    expect(await forgetGuards(world())).toBe(0)
  })
})

async function openSessions(world: World, user: UserId, count: number): Promise<`ses_${string}`[]> {
  const at = world.now()
  const ids = Array.from({ length: count }, (_, index) => `ses_${user}${index}` as const)
  const rest = {
    user_id: user,
    kind: 'sign-in',
    created_at: at,
    last_seen_at: at,
    expires_at: at + 1_000,
    ended_at: null,
    amr: 'pwd',
  } as const
  const nulls = { password_at: null, second_factor_at: null, device_id: null, proof: null, sealed_origin: null, wrong_codes: 0 }
  await world.db.transaction((tx) =>
    tx
      .insertInto('sessions')
      .values(ids.map((id) => ({ id, hash: id, ...rest, ...nulls })))
      .execute(),
  )
  return ids
}

async function aliveSessions(world: World, user: UserId): Promise<string[]> {
  const rows = await world.db.read.selectFrom('sessions').select('id').where('user_id', '=', user).where('ended_at', 'is', null).execute()
  return rows.map(({ id }) => id)
}
