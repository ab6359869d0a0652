import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { latchkey } from './command-line.ts'

const newData = (): string => join(mkdtempSync(join(tmpdir(), 'latchkey-')), 'data')
const beside = (data: string, name: string): string => join(data, '..', name)

async function run(data: string, args: readonly string[], environment: Record<string, string> = {}) {
  const ended = await latchkey('unused', [...args, '--json'], [], { environment: { LATCHKEY_DATA: data, ...environment } })
  const value: unknown = ended.stdout === '' ? undefined : JSON.parse(ended.stdout)
  return { status: ended.status, value, errorLines: ended.stderr === '' ? 0 : ended.stderr.trimEnd().split('\n').length }
}
const add = (data: string, name: string) => run(data, ['user', 'add', name, '--email', `${name}@example.test`])

test('the audit log is verified, also against a checkpoint', async () => {
  const data = newData()
  await add(data, 'alice')
  const checkpoint = await run(data, ['audit', 'checkpoint'])
  const file = beside(data, 'checkpoint')
  writeFileSync(file, JSON.stringify(checkpoint.value))
  expect(await run(data, ['audit', 'verify', '--checkpoint', file])).toEqual({
    status: 0,
    errorLines: 0,
    value: { blocks: 1, events: 1, whole: true },
  })
  const database = new DatabaseSync(join(data, 'latchkey.db'))
  database.exec("update audit_events set outcome = 'other'")
  expect(await run(data, ['audit', 'verify'])).toMatchObject({
    status: 1,
    errorLines: 1,
    value: { whole: false, error: 'events-altered', block: 1 },
  })
  database.exec('delete from audit_events; delete from audit_blocks')
  database.close()
  expect((await run(data, ['audit', 'verify'])).status).toBe(0)
  expect(await run(data, ['audit', 'verify', '--checkpoint', file])).toMatchObject({ status: 1, value: { error: 'truncated' } })
})

test('backup, restore, rotate, and what each refuses', async () => {
  const data = newData()
  const file = beside(data, 'backup')
  expect((await run(data, ['backup', file])).value).toEqual({ error: 'no-database' })
  await add(data, 'alice')
  expect(await run(data, ['backup', file])).toMatchObject({ status: 0, errorLines: 0 })
  await add(data, 'bob')
  expect(await run(data, ['restore', file])).toEqual({ status: 1, errorLines: 1, value: { error: 'database-there' } })
  expect(await run(data, ['restore', file, '--force'])).toMatchObject({ status: 0, value: { restored: true, ended: { links: 1 } } })
  expect((await run(data, ['user', 'list'])).value).toMatchObject([{ userName: 'alice' }])
  expect(await run(data, ['keys', 'rotate'])).toMatchObject({ status: 0, value: { dropped: true } })
  expect((await run(data, ['user', 'list'])).status).toBe(0)
  expect((await run(data, ['restore', file, '--force'])).value).toEqual({ error: 'wrong-keys' })
  const elsewhere = { LATCHKEY_DATABASE_URL: 'postgres://127.0.0.1:1/none' }
  expect((await run(data, ['backup', file], elsewhere)).value).toMatchObject({
    error: 'postgres',
    command: expect.stringContaining('pg_dump'),
  })
})

test('a key of a program is shown once', async () => {
  const data = newData()
  const { value } = await run(data, ['api-key', 'add', 'vpn'])
  expect(value).toEqual({ id: expect.stringMatching(/^key_/), name: 'vpn', key: expect.stringMatching(/^lk_/) })
  const { id, key } = value as { id: string; key: string }
  const listed = (await run(data, ['api-key', 'list'])).value
  expect(listed).toMatchObject([{ id, name: 'vpn', lastUsedAt: null }])
  expect(JSON.stringify(listed)).not.toContain(key)
  expect((await run(data, ['api-key', 'remove', id])).status).toBe(0)
  expect(await run(data, ['api-key', 'remove', id])).toEqual({ status: 1, errorLines: 1, value: { error: 'no-such-key' } })
})

test('the doctor changes nothing where there is nothing, and says what is bad', async () => {
  const data = newData()
  const ports = await freePorts()
  expect(await run(data, ['doctor'], ports)).toMatchObject({ status: 0, value: { healthy: true } })
  expect(
    readdirSync(beside(data, '.')).filter((name) => name === 'data' && readdirSync(data).some((one) => one.startsWith('latchkey.db'))),
  ).toEqual([])
  await add(data, 'alice')
  expect(await run(data, ['doctor'], { ...ports, LATCHKEY_LOGIN_URL: 'http://login.example.test' })).toMatchObject({
    status: 1,
    errorLines: 1,
    value: { healthy: false, error: 'unhealthy' },
  })
  expect(await run(data, ['doctor'], { ...ports, LATCHKEY_SMTP_URL: 'smtp://127.0.0.1:1' })).toMatchObject({ status: 1 })
  const database = new DatabaseSync(join(data, 'latchkey.db'))
  database.exec(`update audit_events set at = ${Date.now() + 6 * 60_000}`)
  database.close()
  expect(await run(data, ['doctor'], ports)).toMatchObject({ status: 1 })
  chmodSync(join(data, 'keys.json'), 0o644)
  expect(await run(data, ['doctor'], ports)).toMatchObject({ status: 1 })
})

test('serve starts from nothing, prints the first administrator’s link, and stops in good order', async () => {
  const data = newData()
  const ports = await freePorts()
  const served = serve(data, ports)
  await expect.poll(() => served.stdout(), { timeout: 60_000 }).toMatch(/first-administrator\/[A-Za-z0-9_-]{43}/)
  const health = `http://localhost:${ports['LATCHKEY_HEALTH_PORT']}`
  expect((await fetch(`${health}/readyz`)).status).toBe(200)
  expect((await fetch(`http://localhost:${ports['LATCHKEY_PORTAL_PORT']}/`)).status).toBe(200)
  expect(await countsOf(ports)).toEqual([
    'portal GET / 200: 2',
    'login GET /.well-known/openid-configuration 200: 1',
    'login GET none 404: 1',
    'login GET /oidc/authorize/:uid 400: 1',
    'token GET /* 200: 1',
    'portal GET none 404: 1',
  ])
  expect((await add(data, 'alice')).status).toBe(0)
  expect((await run(data, ['restore', join(data, 'keys.json'), '--force'])).value).toEqual({ error: 'in-use' })
  await expect.poll(() => mails(data), { timeout: 30_000 }).toBe(1)
  const other = serve(newData(), ports)
  expect(await other.ended).toBe(1)
  expect(other.stderr()).toMatch(/^latchkey: Cannot listen/m)
  served.child.kill('SIGTERM')
  expect(await served.ended).toBe(0)
  expect((await run(data, ['audit', 'verify'])).value).toMatchObject({ whole: true })
  const database = new DatabaseSync(join(data, 'latchkey.db'))
  expect(database.prepare('select count(*) as left from audit_events where block is null').get()).toEqual({ left: 0 })
  expect(database.prepare("select count(*) as left from facts where name like 'instance/%'").get()).toEqual({ left: 0 })
  database.close()
})

const COUNT = /^latchkey_request_seconds_count\{origin="(\w+)",method="(\w+)",route="([^"]+)",status="(\d+)"\} (\d+)$/gm

/** Asks each origin for something, and what is not there; what the metrics then say of all requests. */
async function countsOf(ports: Record<string, string>): Promise<string[]> {
  const at = (name: string, path: string) => fetch(`http://localhost:${ports[`LATCHKEY_${name}_PORT`]}${path}`)
  for (const path of ['/.well-known/openid-configuration', '/canary', '/oidc/authorize/canary']) await at('LOGIN', path)
  await at('TOKEN', '/config.json')
  for (const path of ['/', '/canary']) await at('PORTAL', path)
  const said = await (await at('HEALTH', '/metrics')).text()
  expect(said).not.toContain('canary')
  return [...said.matchAll(COUNT)].map(([, origin, method, route, status, count]) => `${origin} ${method} ${route} ${status}: ${count}`)
}

/** Preloaded: the system's source of randomness fails. */
const WITHOUT_RANDOMNESS = `data:text/javascript,${encodeURIComponent(`
  import crypto from 'node:crypto'
  import { syncBuiltinESMExports } from 'node:module'
  crypto.randomBytes = () => { throw new Error('entropy source failed') }
  syncBuiltinESMExports()`)}`

test('without randomness nothing starts and nothing is made: one line, and an exit code', async () => {
  const data = newData()
  const environment = { ...(await freePorts()), LATCHKEY_DATA: data }
  for (const command of [['serve'], ['user', 'add', 'alice', '--email', 'alice@example.test']]) {
    const ended = await latchkey('unused', command, [], { environment, node: ['--import', WITHOUT_RANDOMNESS], endAfterMs: 30_000 })
    expect(ended).toMatchObject({ status: 1, stdout: '' })
    expect(ended.stderr).toMatch(/^latchkey: The system’s source of randomness[^\n]*\n$/)
    expect(existsSync(data)).toBe(false)
  }
})

function mails(data: string): number {
  return readdirSync(data).includes('outbox') ? readdirSync(join(data, 'outbox')).filter((name) => name.endsWith('.eml')).length : 0
}

function serve(data: string, ports: Record<string, string>) {
  const command = join(import.meta.dirname, '..', 'bin', 'latchkey.js')
  const child = spawn(process.execPath, [command, 'serve'], { env: { ...process.env, ...ports, LATCHKEY_DATA: data } })
  onTestFinished(() => void child.kill('SIGKILL'))
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const ended = new Promise<number | null>((resolve) => child.on('close', (status) => resolve(status)))
  return { child, ended, stdout: () => stdout, stderr: () => stderr }
}

async function freePorts(): Promise<Record<string, string>> {
  const names = ['LATCHKEY_LOGIN_PORT', 'LATCHKEY_TOKEN_PORT', 'LATCHKEY_PORTAL_PORT', 'LATCHKEY_HEALTH_PORT']
  const servers = names.map(() => createServer())
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<string>((resolve) => {
          server.listen(0, () => {
            const address = server.address()
            resolve(String(typeof address === 'object' && address !== null ? address.port : 0))
          })
        }),
    ),
  )
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return Object.fromEntries(names.map((name, index) => [name, ports[index] ?? '0']))
}

test('moving to PostgreSQL says what is missing', async () => {
  const data = newData()
  expect(await run(data, ['migrate-database'])).toEqual({ status: 1, errorLines: 1, value: { error: 'no-target' } })
  const there = { LATCHKEY_DATABASE_URL: 'postgres://127.0.0.1:1/none' }
  expect(await run(data, ['migrate-database'], there)).toEqual({ status: 1, errorLines: 1, value: { error: 'no-database' } })
  await add(data, 'alice')
  expect(await run(data, ['migrate-database'], there)).toEqual({ status: 1, errorLines: 1, value: { error: 'database' } })
  expect(existsSync(join(data, 'latchkey.db'))).toBe(true)
})

test('a database that was put back beside an older key file is not made safe, nor anything of it changed', async () => {
  const data = newData()
  await add(data, 'alice')
  const keys = join(data, 'keys.json')
  const older = readFileSync(keys)
  expect((await run(data, ['keys', 'rotate'])).status).toBe(0)
  const right = readFileSync(keys)
  writeFileSync(keys, older)
  expect(await run(data, ['restore', '--database-restored'])).toEqual({ status: 1, errorLines: 1, value: { error: 'wrong-keys' } })
  writeFileSync(keys, right)
  expect((await run(data, ['restore', '--database-restored'])).status).toBe(0)
})
