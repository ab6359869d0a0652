import { describe, expect, test } from 'vitest'
import { ask, CHECK, makeKey, openSite } from '../../../test/check-site.ts'
import { makeToken, showCode } from '../../../test/device.ts'
import { makePerson, onBothEngines, type World } from '../../../test/world.ts'
import type { Batch } from '../../db/database.ts'
import { MOST_AT_ONCE } from '../validate/rules.ts'

onBothEngines(
  'check, with codes in addresses allowed',
  (world) => {
    test('a code in an address is judged by GET, and by no method that has no answer', async () => {
      const key = await makeKey(world())
      const { device } = await makeToken(world(), await makePerson(world(), 'grace@example'))
      const pass = showCode(device, world().now())
      const path = `${CHECK}?user=grace%40example&pass=${pass}`
      expect((await ask(openSite(world()), { path, method: 'HEAD', key })).status).toBe(405)
      expect((await ask(openSite(world()), { path, method: 'POST', key })).status).toBe(400)
      expect((await ask(openSite(world()), { path: `${path}&pass=${pass}`, method: 'GET', key })).body.result.error.code).toBe(905)
      expect((await ask(openSite(world()), { path: `${path}&api_key=${key}`, method: 'GET' })).status).toBe(401)
      expect((await ask(openSite(world()), { path, method: 'GET', key })).body.result.value).toBe(true)
    })
  },
  { LATCHKEY_CHECK_GET: 'yes' },
)

onBothEngines(
  'check, with open addresses',
  (world) => {
    const forged = (chain: string) => ({ 'x-forwarded-for': chain })
    describe.each([
      { from: '192.0.2.9', open: true },
      { from: '::ffff:192.0.2.9', open: true },
      { from: '198.51.100.7', open: true },
      { from: '2001:db8::5', open: true },
      { from: '203.0.113.5', open: false },
      { from: '::ffff:203.0.113.5', open: false },
      { from: '2001:db9::5', open: false },
      { from: '', open: false },
      { from: '10.0.0.1', headers: forged('192.0.2.9'), open: true },
      { from: '10.0.0.1', headers: forged('6.6.6.6, 192.0.2.9'), open: true },
      { from: '10.0.0.1', headers: forged('192.0.2.9, 203.0.113.5'), open: false },
      { from: '10.0.0.1', headers: forged('192.0.2.9, nonsense'), open: false },
      { from: '10.0.0.1', headers: {}, open: false },
      { from: '10.0.0.1', headers: forged('10.0.0.1'), open: false },
      { from: '203.0.113.5', headers: forged('192.0.2.9'), open: false },
      { from: '203.0.113.5', headers: { forwarded: 'for=192.0.2.9', 'x-real-ip': '192.0.2.9', 'client-ip': '192.0.2.9' }, open: false },
      { from: '192.0.2.9', headers: forged('192.0.2.9'), open: false },
      { from: '192.0.2.9', headers: { via: '1.1 other' }, open: false },
      { from: '192.0.2.9', headers: { origin: 'https://evil.example' }, open: false },
      { from: '192.0.2.9', headers: { origin: 'null' }, open: false },
      { from: '192.0.2.9', headers: { 'sec-fetch-site': 'cross-site' }, open: false },
      { from: '192.0.2.9', headers: { 'x-api-key': `lk_${'A'.repeat(43)}` }, open: false },
    ])('from $from with $headers', ({ from, headers = {}, open }) => {
      test(open ? 'no key is needed' : 'a key is needed', async () => {
        const fields = { user: 'nobody', pass: '123456' }
        const answer = await ask(openSite(world()), { fields, from, headers })
        expect(answer.status).toBe(open ? 200 : 401)
      })
    })

    test('a client that is named in a parameter is open to nothing, and a challenge is triggered by a key alone', async () => {
      const fields = { user: 'nobody', pass: '123456', client: '192.0.2.9' }
      expect((await ask(openSite(world()), { fields, from: '203.0.113.5' })).status).toBe(401)
      expect((await ask(openSite(world()), { path: '/validate/triggerchallenge', fields, from: '192.0.2.9' })).status).toBe(401)
    })

    test('so many of one open address at once and no more; another one has its own', async () => {
      const held: (() => void)[] = []
      const { db } = world()
      const heldBy = ({ transaction }: Pick<Batch, 'transaction'>): Batch['transaction'] => {
        return (work) => hold(() => transaction(work))
      }
      const batch = db.batch && { batch: { ...db.batch, transaction: heldBy(db.batch) } }
      const slow: World = { ...world(), db: { ...db, read: db.read, transaction: heldBy(db), ...batch } }
      let open = false
      const hold = <T>(go: () => Promise<T>): Promise<T> => (open ? go() : new Promise<void>((resolve) => held.push(resolve)).then(go))
      const site = openSite(slow)
      const fields = { user: 'nobody', pass: '123456' }
      const answered: number[] = []
      const asked = Array.from({ length: MOST_AT_ONCE + 3 }, async (_, number) => {
        const answer = await ask(site, { fields: { ...fields, user: `nobody-${number}` }, from: '192.0.2.9' })
        answered.push(answer.status)
        return answer
      })
      const other = ask(site, { fields, from: '192.0.2.10' })
      await expect.poll(() => answered, { timeout: 60_000 }).toEqual([429, 429, 429])
      open = true
      for (const release of held) release()
      const statuses = (await Promise.all(asked)).map(({ status }) => status)
      expect([200, 429].map((status) => statuses.filter((one) => one === status).length)).toEqual([MOST_AT_ONCE, 3])
      expect((await other).status).toBe(200)
      expect((await ask(openSite(world()), { fields, from: '192.0.2.9' })).status).toBe(200)
    })
  },
  { LATCHKEY_CHECK_ADDRESSES: '192.0.2.0/24,2001:db8::/32,::ffff:198.51.100.0/120,10.0.0.0/8', LATCHKEY_PROXIES: '10.0.0.1' },
)
