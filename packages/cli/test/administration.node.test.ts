import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { latchkey } from './command-line.ts'

const newData = (): string => join(mkdtempSync(join(tmpdir(), 'latchkey-')), 'data')

/** Runs a command on a data folder; its JSON, its exit code, and how many lines standard error has. */
async function run(data: string, args: readonly string[], environment: Record<string, string> = {}) {
  const ended = await latchkey('unused', [...args, '--json'], [], { environment: { LATCHKEY_DATA: data, ...environment } })
  const value: unknown = ended.stdout === '' ? undefined : JSON.parse(ended.stdout)
  return { status: ended.status, value, errorLines: ended.stderr === '' ? 0 : ended.stderr.trimEnd().split('\n').length }
}

const add = (data: string, name: string, ...more: string[]) => run(data, ['user', 'add', name, '--email', `${name}@example.test`, ...more])

describe('people', () => {
  test('add, list, suspend, resume, remove, with the exact objects that programs read', async () => {
    const data = newData()
    const link = expect.stringMatching(/^http:\/\/localhost:8080\/welcome\/[A-Za-z0-9_-]{43}$/)
    expect(await add(data, 'alice')).toEqual({ status: 0, errorLines: 0, value: { userName: 'alice', enrolmentLink: link } })
    expect((await add(data, 'bob', '--display-name', 'Bob B.', '--role', 'admin')).status).toBe(0)
    const again = await run(data, ['user', 'invite', 'alice'])
    expect(again).toEqual({ status: 0, errorLines: 0, value: { userName: 'alice', enrolmentLink: link } })
    expect(await run(data, ['user', 'invite', 'nobody'])).toEqual({ status: 1, errorLines: 1, value: { error: 'no-such-user' } })
    expect((await run(data, ['user', 'list'])).value).toEqual([
      { userName: 'alice', displayName: 'alice', email: 'alice@example.test', role: 'user', state: 'active' },
      { userName: 'bob', displayName: 'Bob B.', email: 'bob@example.test', role: 'admin', state: 'active' },
    ])
    expect(await run(data, ['user', 'suspend', 'alice'])).toEqual({
      status: 0,
      errorLines: 0,
      value: { userName: 'alice', state: 'suspended' },
    })
    expect(await run(data, ['user', 'suspend', 'alice'])).toMatchObject({ status: 1, errorLines: 1 })
    expect((await run(data, ['user', 'resume', 'alice'])).value).toEqual({ userName: 'alice', state: 'active' })
    expect((await run(data, ['user', 'remove', 'alice'])).value).toEqual({ userName: 'alice', state: 'removed' })
    expect((await run(data, ['user', 'remove', 'bob'])).value).toEqual({ error: 'last-administrator' })
    expect(await add(data, 'alice')).toEqual({ status: 1, errorLines: 1, value: { error: 'name-taken' } })
    expect((await run(data, ['user', 'suspend', 'nobody'])).value).toEqual({ error: 'no-such-user' })
  })

  test('what is made is for its owner alone', async () => {
    const data = newData()
    await add(data, 'alice')
    expect(statSync(data).mode & 0o777).toBe(0o700)
    for (const name of readdirSync(data)) expect([name, statSync(join(data, name)).mode & 0o077]).toEqual([name, 0])
  })

  test('commands that start at once on an empty folder agree on keys and database', async () => {
    const data = newData()
    const all = await Promise.all(['a', 'b', 'c', 'd'].map((name) => add(data, `person-${name}`)))
    expect(all.map(({ status }) => status)).toEqual([0, 0, 0, 0])
    expect((await run(data, ['user', 'list'])).value).toHaveLength(4)
  })

  test.each([
    [['user', 'add', 'alice']],
    [['user', 'add', 'alice', '--email', 'alice@example.test', '--role', 'root']],
    [['user', 'add']],
    [['user', 'remove']],
    [['user', 'nothing']],
  ])('wrong usage: %j', async (args) => {
    expect(await run(newData(), args)).toEqual({ status: 2, errorLines: 1, value: undefined })
  })

  test.each([
    ['a\u001B[31mred', 'name', 'characters'],
    ['a\u202Eb', 'name', 'characters'],
  ])('a name that would play with a terminal is refused: %j', async (name, field, reason) => {
    const added = await run(newData(), ['user', 'add', name, '--email', 'alice@example.test'])
    expect(added).toEqual({ status: 1, errorLines: 1, value: { error: 'malformed', field, reason } })
  })
})

describe('settings', () => {
  test('a wrong setting is one line that names it', async () => {
    const wrong = await run(newData(), ['user', 'list'], { LATCHKEY_LOGIN_PORT: 'many' })
    expect(wrong).toEqual({ status: 1, errorLines: 1, value: { error: 'settings' } })
  })

  test('a file of settings counts, the environment more', async () => {
    const data = newData()
    const file = join(mkdtempSync(join(tmpdir(), 'latchkey-')), 'latchkey.json')
    writeFileSync(file, '{ // where people sign in\n "login": { "url": "https://login.example.test" }, }')
    const added = await run(data, ['user', 'add', 'alice', '--email', 'alice@example.test', '--config', file])
    expect(added.value).toMatchObject({ enrolmentLink: expect.stringContaining('https://login.example.test/welcome/') })
    const over = await run(data, ['user', 'add', 'bob', '--email', 'bob@example.test', '--config', file], {
      LATCHKEY_LOGIN_URL: 'https://other.example.test',
    })
    expect(over.value).toMatchObject({ enrolmentLink: expect.stringContaining('https://other.example.test/welcome/') })
  })

  test('other keys than those of the database are refused, and so is a lost key file', async () => {
    const data = newData()
    const other = newData()
    await add(data, 'alice')
    await add(other, 'alice')
    const keys = join(data, 'keys.json')
    const refused = await run(data, ['user', 'list'], { LATCHKEY_KEYS_FILE: join(other, 'keys.json') })
    expect(refused).toEqual({ status: 1, errorLines: 1, value: { error: 'keys' } })
    expect((await run(data, ['user', 'list'], { LATCHKEY_KEYS_FILE: join(data, 'gone.json') })).value).toEqual({ error: 'keys' })
    expect((await run(data, ['user', 'list'], { LATCHKEY_KEYS_VALUE: readFileSync(keys, 'utf8') })).status).toBe(0)
  })

  test('a database server that is not there is one line', async () => {
    const refused = await run(newData(), ['user', 'list'], { LATCHKEY_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' })
    expect(refused).toEqual({ status: 1, errorLines: 1, value: { error: 'database' } })
  })

  test('one that takes the connection and says nothing is one line, and so it is to the doctor', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as AddressInfo
    const there = { LATCHKEY_DATABASE_URL: `postgres://nobody@127.0.0.1:${port}/none` }
    const [listed, examined] = await Promise.all([run(newData(), ['user', 'list'], there), run(newData(), ['doctor'], there)])
    silent.close()
    expect(listed).toEqual({ status: 1, errorLines: 1, value: { error: 'database' } })
    expect(examined.value).toMatchObject({
      findings: expect.arrayContaining([expect.objectContaining({ check: 'database', state: 'bad' })]),
    })
  })
})
