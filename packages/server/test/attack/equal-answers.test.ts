import { afterAll, beforeAll, expect, test } from 'vitest'
import { disableToken } from '../../src/tokens/disable-token.ts'
import { addUser } from '../../src/users/add-user.ts'
import { suspendUser } from '../../src/users/suspend-user.ts'
import { wrongCode } from '../device.ts'
import { BROWSER, onBothEngines } from '../world.ts'
import { type Answer, type Browser, makeOwner, openStand, post, type Stand } from './stand.ts'

/** Somebody, or nobody, by name, address and password. */
type Somebody = { name: string; email: string; password: string }

const IDS = /(?:flw|req|tkn|ses)_[A-Za-z0-9_-]+/g
/** What is drawn afresh for each answer. */
const FRESH_HEADERS = new Set(['date', 'x-request-id'])

/** An answer as whoever compares two of them sees it: without what is drawn afresh, and without what they typed themselves. */
function shapeOf({ status, headers, body }: Answer, { name, email }: Somebody): string {
  const plain = (text: string) => text.replaceAll(IDS, 'ID').replaceAll(email, 'EMAIL').replaceAll(name, 'NAME')
  const cookies = (headers['set-cookie'] ?? []).map((cookie) => cookie.replace(/=[^;]*/, '=VALUE'))
  const others = Object.entries(headers).filter(([name]) => !FRESH_HEADERS.has(name) && name !== 'set-cookie' && name !== 'content-length')
  return plain(JSON.stringify({ status, cookies, headers: others, body }))
}

onBothEngines('nobody learns who is here', (world) => {
  let stand: Stand
  let people: Record<string, Somebody>
  beforeAll(async () => {
    stand = await openStand(world())
    const [known, suspended, tokenless] = [await makeOwner(world()), await makeOwner(world()), await makeOwner(world())]
    await suspendUser(world(), BROWSER, suspended.user)
    await disableToken(world(), BROWSER, tokenless.user, tokenless.token)
    const added = await addUser(world(), BROWSER, { name: 'invited', email: 'invited@example.test' })
    expect(added.outcome).toBe('added')
    const nobody = { password: 'of nobody at all' }
    people = {
      known,
      suspended,
      tokenless,
      invited: { ...nobody, name: 'invited', email: 'invited@example.test' },
      unknown: { ...nobody, name: 'unknown', email: 'unknown@example.test' },
      'no name': { ...nobody, name: '\u202eno-name', email: 'no address' },
    }
    await post(world())
  })
  afterAll(() => stand.close())

  /** The shapes of all answers that a script meets, for each of the people: they are to be one and the same. */
  async function compare(script: (browser: Browser, who: Somebody) => Promise<Answer[]>, among = Object.keys(people)): Promise<void> {
    const seen = new Map<string, string[]>()
    for (const name of among) {
      const who = people[name]
      if (who === undefined) throw new Error(name)
      const answers = await script(stand.open(), who)
      seen.set(
        name,
        answers.map((answer) => shapeOf(answer, who)),
      )
    }
    const [first] = seen.values()
    for (const [name, shapes] of seen) expect(shapes, name).toEqual(first)
  }

  const WRONG = 'wrong, whoever it is'
  /** As far as the waits: five, and three that wait. */
  const TRIES = 8

  test('by a wrong password, from the first try to the waits', async () => {
    await compare(async (browser, { name }) => {
      const flow = (await browser.get('/sign-in')).location
      const answers: Answer[] = []
      for (let tries = 0; tries < TRIES; tries += 1)
        answers.push(await browser.post(flow, { name, password: WRONG }), await browser.get(flow))
      expect(answers.at(-1)?.body).toContain('role="alert"')
      return answers
    })
  })

  test('by a wrong password in self-administration', async () => {
    world().pass(86_400_000)
    await compare(async (browser, { name }) => {
      const answers: Answer[] = []
      for (let tries = 0; tries < TRIES; tries += 1)
        answers.push(await browser.post('/self-administration', { name, password: WRONG }), await browser.get('/self-administration'))
      return answers
    })
  })

  test('by the right password of somebody who is suspended', async () => {
    world().pass(86_400_000)
    for (const path of ['/sign-in', '/self-administration'])
      await compare(
        async (browser, { name, password }) => {
          const at = path === '/sign-in' ? (await browser.get(path)).location : path
          return [await browser.post(at, { name, password }), await browser.get(at)]
        },
        ['suspended', 'unknown', 'invited'],
      )
  })

  test('behind the right password: a wrong code with a token in use and without', async () => {
    world().pass(86_400_000)
    const code = wrongCode(undefined, world().now())
    await compare(
      async (browser, { name, password }) => {
        const flow = (await browser.get('/account')).location
        const answers = [await browser.post(flow, { name, password }), await browser.get(flow)]
        for (let tries = 0; tries < TRIES; tries += 1)
          answers.push(await browser.post(`${flow}/second-factor`, { code }), await browser.get(flow))
        await browser.post('/self-administration', { name, password })
        answers.push(await browser.get('/self-administration/confirm'), await browser.get('/self-administration/confirm/questions'))
        answers.push(await browser.post('/self-administration/confirm', { code }), await browser.get('/self-administration/confirm'))
        // Which two questions are asked is drawn.
        return answers.map((answer) => ({ ...answer, body: answer.body.replaceAll(/>[^<]*\?</g, '>QUESTION<') }))
      },
      ['known', 'tokenless'],
    )
  })

  test('by a forgotten password, whatever is typed; the mail goes to its owner alone', async () => {
    await compare(async (browser, { name, email }) => [
      await browser.get('/forgotten-password'),
      await browser.post('/forgotten-password', { name, email }),
      await browser.get('/forgotten-password/sent'),
    ])
    const owners = [people['known'], people['tokenless']]
    expect((await post(world())).map(({ to }) => to).sort()).toEqual(owners.map((who) => who?.email).sort())
    const pairs = [
      [people['known']?.name, people['tokenless']?.email],
      [people['known']?.email, people['known']?.email],
      ['unknown', people['known']?.email],
      [people['suspended']?.name, people['suspended']?.email],
    ]
    for (const [name = '', email = ''] of pairs) await stand.open().post('/forgotten-password', { name, email })
    expect(await post(world())).toEqual([])
  })

  test('by a link of any kind that is nobody’s, and by a sign-in that is nobody’s', async () => {
    const secrets = ['A'.repeat(43), 'short', '%00', `${'A'.repeat(42)}=`]
    for (const path of ['/welcome', '/reset-password', '/notice', '/first-administrator', '/address']) {
      const answers = await Promise.all(secrets.map((secret) => stand.open().get(`${path}/${secret}`)))
      expect(
        answers.map(({ status }) => status),
        path,
      ).toEqual(secrets.map(() => 404))
      const typed = { name: 'no-name', email: 'no-address', password: '' }
      expect(new Set(answers.map((answer, n) => shapeOf(answer, typed).replaceAll(secrets[n] ?? '', 'SECRET'))).size, path).toBe(1)
    }
  })
})
