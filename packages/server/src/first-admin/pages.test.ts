import { afterAll, beforeAll, expect, test } from 'vitest'
import { siteOf, type Visitor, visit } from '../../test/visitor.ts'
import { openWorld, type World } from '../../test/world.ts'
import { makeFirstAdminLink } from './make-first-admin-link.ts'
import { firstAdminPages } from './pages.ts'

let world: World
let path: string
const anybody = (): Visitor => visit(world, siteOf(world, { pages: [firstAdminPages(world)] }))
const people = () => world.db.read.selectFrom('users').select(['login_name', 'display_name', 'role']).execute()

beforeAll(async () => {
  world = await openWorld('sqlite')
  path = (await makeFirstAdminLink(world))?.replace(world.config.login.url, '') ?? ''
})
afterAll(() => world.close())

test('a look makes nobody', async () => {
  for (let number = 0; number < 50; number += 1) expect((await anybody().get(path)).status).toBe(200)
  expect(await people()).toEqual([])
})

test('what cannot be is refused on the page, which keeps what was typed, and the link stays good', async () => {
  const browser = anybody()
  const refusals = [
    [{ name: 'a b', email: 'alice@example.test' }, 'cannot be a user name'],
    [{ name: 'alice', email: 'nowhere' }, 'no mail address'],
    [{ name: 'alice', email: 'alice@example.test', displayName: 'Ali\u202ece' }, 'cannot be shown'],
  ] as const
  for (const [typed, said] of refusals) {
    const answer = await browser.send(path, { displayName: '', ...typed })
    expect([answer.status, answer.path]).toEqual([303, path])
    expect(answer.page).toMatch(new RegExp(`role="alert"[\\s\\S]*${said}`))
    expect(answer.page).toContain(`value="${typed.email}"`)
  }
  expect((await browser.post(path, { name: 'alice' })).status).toBe(400)
  expect(await people()).toEqual([])
})

test('a page of another origin makes nobody', async () => {
  const answer = await anybody().post(
    path,
    { name: 'eve', email: 'eve@example.test', displayName: '' },
    { origin: 'http://evil.example.test' },
  )
  expect(answer.status).toBe(403)
  expect(await people()).toEqual([])
})

test('of two hundred at once, one is the administrator and goes on to a password; the link is over then', async () => {
  const fields = { name: 'alice', email: 'alice@example.test', displayName: 'Alice', role: 'user' }
  const answers = await Promise.all(Array.from({ length: 200 }, () => anybody().post(path, fields)))
  const places = answers.map(({ headers }) => headers.get('location') ?? '')
  expect(places.filter((place) => /^\/welcome\/[\w-]{43}$/.test(place))).toHaveLength(1)
  expect(places.filter((place) => place === path)).toHaveLength(199)
  expect(await people()).toEqual([{ login_name: 'alice', display_name: 'Alice', role: 'admin' }])
  const over = await anybody().get(path)
  const unknown = await anybody().get(`/first-administrator/${'A'.repeat(43)}`)
  expect([over.status, unknown.status]).toEqual([404, 404])
  expect((await over.text()).replaceAll(/req_[\w-]+/g, '')).toBe((await unknown.text()).replaceAll(/req_[\w-]+/g, ''))
})
