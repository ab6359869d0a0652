import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { printCode } from '@latchkey/protocol/codes/code'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { makeLink } from '../../src/links/make-link.ts'
import { openLog } from '../../src/observe/log.ts'
import { metricsOf } from '../../src/observe/metrics.ts'
import { QUESTIONS } from '../../src/questions/question.ts'
import { addUser } from '../../src/users/add-user.ts'
import { addIdentity, type Device, forgeResetCode, showCode, unlock, wrongCode } from '../device.ts'
import { BROWSER, onBothEngines, type World } from '../world.ts'
import { type Answer, type Browser, linkIn, openStand, post, type Stand } from './stand.ts'

const DAY = 86_400_000
const STEP = 30_000

/** Everything that was secret in the journeys, by what it was; and all that left or stayed. */
type Kept = { secrets: Map<string, string>; links: Set<string>; urls: string[]; headers: string[]; log: string[]; mails: string[] }

/** Goes wherever the browser goes, and writes down what it hands over. */
function witness(stand: Stand, kept: Kept, browser: Browser): Browser {
  const send = browser.send.bind(browser)
  browser.send = async (asked) => {
    const answer = await send(asked)
    kept.urls.push(asked.path)
    kept.headers.push(JSON.stringify({ ...answer.headers, 'set-cookie': undefined }))
    for (const [name, value] of browser.cookies) kept.secrets.set(`cookie ${name} ${kept.secrets.size}`, value)
    return answer
  }
  expect(stand.port).toBeGreaterThan(0)
  return browser
}

function codeOn({ body }: Answer, id: string): string {
  const inside = new RegExp(`id="${id}" aria-labelledby[^>]*>(.*?)</div>`).exec(body)?.[1] ?? ''
  const code = inside.replaceAll(/<[^>]*>/g, '')
  if (code === '') throw new Error(`no code ${id} on the page`)
  return code
}

async function enrol(
  world: World,
  browser: Browser,
  kept: Kept,
): Promise<{ password: string; device: Device; codes: string[]; answers: Record<string, string> }> {
  const added = await addUser(world, BROWSER, { name: 'alice', email: 'alice@example.test' })
  if (added.outcome !== 'added') throw new Error(added.outcome)
  const link = await world.db.transaction((tx) => makeLink(world, tx, { purpose: 'enrolment', user: added.user, goodForMs: DAY }))
  kept.links.add(link)
  const password = 'canary-first-password-kept'
  kept.secrets.set('password', password)
  kept.secrets.set('password that differs', 'canary-differs-password')
  await browser.post(`/welcome/${link}`, { password, repeated: 'canary-differs-password' })
  await browser.post(`/welcome/${link}`, { password, repeated: password })
  const answers = Object.fromEntries(QUESTIONS.slice(0, 5).map((question, n) => [question, `canaryanswer${'vwxyz'[n]}kept`]))
  for (const [question, answer] of Object.entries(answers)) kept.secrets.set(`answer ${question}`, answer)
  const fields = Object.entries(answers).flatMap(
    ([question, answer], n) =>
      [
        [`question-${n + 1}`, question],
        [`answer-${n + 1}`, answer],
      ] as const,
  )
  kept.secrets.set('answer that is refused', 'canary-refused-answer')
  await browser.post('/enrolment/security-questions', [...fields.slice(0, 8), ...fields.slice(0, 1), ['answer-5', 'canary-refused-answer']])
  await browser.post('/enrolment/security-questions', fields)
  const page = (await browser.get('/enrolment/recovery-codes')).body
  const codes = [...page.matchAll(/<li data-line>(.*?)<\/li>/g)].map(([, item = '']) => item.replaceAll(/<[^>]*>/g, ''))
  expect(codes.length).toBe(10)
  for (const [n, code] of codes.entries()) kept.secrets.set(`recovery code ${n}`, code)
  await browser.post('/enrolment/recovery-codes', { saved: 'yes' })
  const device = await register(browser, kept, '/enrolment/soft-token')
  expect((await browser.walk('/enrolment')).body).toContain('all set')
  return { password, device, codes, answers }
}

/** From the page with the codes to a token in use; a wrong code and one with a slip come before the right one. */
async function register(browser: Browser, kept: Kept, path: string): Promise<Device> {
  const shown = await browser.walk(path)
  const [serial, activation] = [codeOn(shown, 'serial'), codeOn(shown, 'activation')]
  kept.secrets.set(`activation code ${kept.secrets.size}`, activation)
  const ticket = /ticket=([A-Za-z0-9_-]{22})/.exec(shown.body)?.[1] ?? ''
  kept.secrets.set(`ticket ${kept.secrets.size}`, ticket)
  const other = await addIdentity(serial, activation)
  const { device, registrationCode } = await addIdentity(serial, activation)
  for (const code of [other.registrationCode, registrationCode]) kept.secrets.set(`registration code ${kept.secrets.size}`, code)
  const slip = `${registrationCode.slice(0, -1)}${registrationCode.endsWith('X') ? 'W' : 'X'}`
  kept.secrets.set(`registration code with a slip ${kept.secrets.size}`, slip)
  await browser.post('/soft-token/register', { code: slip })
  await browser.get('/soft-token/register')
  const done = await browser.post('/soft-token/register', { code: registrationCode })
  expect(done.location).toBe('/soft-token/active')
  await browser.post('/soft-token/active')
  return device
}

/** By ticket, as the app does it. */
async function registerByTicket(stand: Stand, browser: Browser, kept: Kept): Promise<Device> {
  const shown = await browser.walk('/soft-token')
  const ticket = /ticket=([A-Za-z0-9_-]{22})/.exec(shown.body)?.[1] ?? ''
  kept.secrets.set(`ticket ${kept.secrets.size}`, ticket)
  const ask = (path: string, body: unknown) =>
    stand.ask({
      method: 'POST',
      path,
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', origin: stand.world.config.token.url },
    })
  const opened: { serialNumber: string; activationCode: string } = JSON.parse((await ask('/api/v1/activations/open', { ticket })).body)
  kept.secrets.set(`activation code ${kept.secrets.size}`, opened.activationCode)
  const { device, registrationCode } = await addIdentity(opened.serialNumber, opened.activationCode)
  kept.secrets.set(`registration code ${kept.secrets.size}`, registrationCode)
  expect((await ask('/api/v1/activations/register', { ticket, registrationCode })).status).toBe(200)
  await browser.post('/soft-token/confirm', { answer: 'yes' })
  await browser.post('/soft-token/active')
  return device
}

async function journeys(stand: Stand, kept: Kept): Promise<void> {
  const { world } = stand
  const open = () => witness(stand, kept, stand.open())
  const take = async () => {
    const letters = await post(world)
    for (const { text } of letters) {
      kept.mails.push(text)
      for (const [, secret = ''] of text.matchAll(/\/(?:notice|reset-password|address|welcome)\/([A-Za-z0-9_-]{43})/g))
        kept.links.add(secret)
    }
    return letters
  }
  const code = (device: Device, wrong = false) => {
    world.pass(2 * STEP)
    const shown = wrong ? wrongCode(device, world.now()) : showCode(device, world.now())
    kept.secrets.set(`security code ${kept.secrets.size}`, shown)
    return shown
  }
  let { password, device, codes, answers } = await enrol(world, open(), kept)
  // B: signing in, with every slip.
  const browser = open()
  const flow = (await browser.get('/account')).location
  kept.secrets.set('wrong password', 'canary-wrong-password')
  await browser.post(flow, { name: 'alice', password: 'canary-wrong-password' })
  await browser.post(flow, { name: 'alice', password })
  await browser.post(`${flow}/second-factor`, { code: code(device, true) })
  await browser.get(flow)
  await browser.post(`${flow}/recovery-code`, { code: `${codes[1]?.slice(0, -1)}Z` })
  await browser.get(`${flow}/recovery-code`)
  await browser.post(`${flow}/recovery-code`, { code: codes[1] ?? '' })
  expect((await browser.get('/account')).status).toBe(200)
  // C: self-administration by answers; the token is re-created.
  const lost = open()
  await lost.post('/self-administration', { name: 'alice', password })
  kept.secrets.set('wrong answer', 'canary-wrong-answer')
  await lost.post('/self-administration/confirm/questions', { first: 'canary-wrong-answer', second: 'canary-wrong-answer' })
  await lost.post('/self-administration/confirm/mailed-code/send')
  const mailed = /\b[0-9A-Z]{4}-[0-9A-Z]{4}\b/.exec((await take()).map(({ text }) => text).join('\n'))?.[0] ?? ''
  expect(mailed).not.toBe('')
  await lost.post('/self-administration/confirm/mailed-code', { code: mailed })
  expect((await lost.get('/self-administration/actions')).status).toBe(200)
  const [old] = await world.db.read.selectFrom('authenticators').select('id').where('state', '=', 'active').execute()
  await lost.post('/self-administration/recreate', { token: old?.id ?? '' })
  device = await registerByTicket(stand, lost, kept)
  // D: the token is unlocked.
  const [now] = await world.db.read.selectFrom('authenticators').select('id').where('state', '=', 'active').execute()
  const page = `/self-administration/unlock/${now?.id}`
  for (const reset of [forgeResetCode(device), device.resetCode]) {
    kept.secrets.set(`PIN reset code ${kept.secrets.size}`, printCode(reset))
    await lost.post(page, { token: now?.id ?? '', code: printCode(reset) })
    await lost.get(page)
  }
  const unlocking = codeOn(await lost.get(`${page}/code`), 'unlock-code')
  kept.secrets.set('unlock code', unlocking)
  device = unlock(device, unlocking)
  // F: the password is forgotten.
  const forgetful = open()
  await forgetful.post('/forgotten-password', { name: 'alice', email: 'alice@example.test' })
  const link = linkIn(await take(), 'reset-password')
  await forgetful.post(link, { code: code(device) })
  password = 'canary-second-password-kept'
  kept.secrets.set('password after the reset', password)
  await forgetful.post('/new-password', { password, repeated: password })
  const again = open()
  const next = (await again.get('/account')).location
  await again.post(next, { name: 'alice', password })
  await again.post(`${next}/second-factor`, { code: code(device) })
  expect((await again.get('/account')).status).toBe(200)
  await again.post(
    '/account/security-questions',
    Object.entries(answers).flatMap(
      ([q, a], n) =>
        [
          [`question-${n + 1}`, q],
          [`answer-${n + 1}`, a],
        ] as const,
    ),
  )
  await again.post('/account/recovery-codes/renew')
  for (const [, item = ''] of (await again.get('/account/recovery-codes')).body.matchAll(/<li data-line>(.*?)<\/li>/g))
    kept.secrets.set(`new recovery code ${kept.secrets.size}`, item.replaceAll(/<[^>]*>/g, ''))
  await again.post(linkIn(await take(), 'notice'))
  await take()
}

/** Every byte that the database keeps, as Latin-1, beside what its columns say. */
async function stored(world: World): Promise<string> {
  const parts: string[] = []
  if (world.db.engine === 'sqlite') {
    const file = new DatabaseSync(world.config.databaseFile)
    file.exec('pragma wal_checkpoint(truncate)')
    file.close()
    for (const path of [world.config.databaseFile, `${world.config.databaseFile}-wal`])
      if (existsSync(path)) parts.push(readFileSync(path, 'latin1'))
    return parts.join('\n')
  }
  const tables = await sql<{
    name: string
  }>`select table_name as name from information_schema.tables where table_schema = current_schema()`.execute(world.db.read)
  for (const { name } of tables.rows) {
    const { rows } = await sql<Record<string, unknown>>`select * from ${sql.table(name)}`.execute(world.db.read)
    for (const value of rows.flatMap((row) => Object.values(row)))
      parts.push(value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value))
  }
  return parts.join('\n')
}

/** As it was typed, without its groups, in lower case, in hexadecimal and in base64. */
function spellings(secret: string): string[] {
  const bare = secret.replaceAll(/[- ]/g, '')
  return [...new Set([secret, bare, bare.toLowerCase(), Buffer.from(secret).toString('hex'), encodeURIComponent(secret)])]
}

/** A security code has six digits: longer numbers hold some of them by chance. */
function holds(text: string, spelling: string): boolean {
  if (!/^\d{6}$/.test(spelling)) return text.includes(spelling)
  return new RegExp(`(?<![0-9A-Fa-f])${spelling}(?![0-9A-Fa-f])`).test(text)
}

function leaks(text: string, secrets: Iterable<readonly [string, string]>): string[] {
  return [...secrets].filter(([, secret]) => spellings(secret).some((spelling) => holds(text, spelling))).map(([name]) => name)
}

/** Files that the server wrote below its data folder, other than the database. */
function files(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile() && !path.includes('latchkey.db'))
}

onBothEngines(
  'no secret of the journeys',
  (world) => {
    test('is found where it does not belong', async () => {
      const kept: Kept = { secrets: new Map(), links: new Set(), urls: [], headers: [], log: [], mails: [] }
      const log = openLog('debug', { write: (line: string) => void kept.log.push(line) })
      const broken = { now: false }
      const random = (length: number) => {
        if (broken.now) throw new Error('there is no randomness')
        return world().random(length)
      }
      const stand = await openStand({ ...world(), log, random })
      await journeys(stand, kept)
      broken.now = true
      const failing = witness(stand, kept, stand.open())
      for (const path of ['/self-administration', '/forgotten-password', '/sign-in/x'])
        expect(
          (await failing.post(path, { name: 'alice', password: 'canary-wrong-password', email: 'canary-wrong-password' })).status,
        ).toBe(500)
      broken.now = false
      expect(kept.secrets.size).toBeGreaterThan(60)
      expect(kept.log.length).toBeGreaterThan(0)
      const links = [...kept.links].map((link, n) => [`link ${n}`, link] as const)
      const all = [...kept.secrets, ...links]
      expect(leaks(kept.log.join('\n'), all), 'the log').toEqual([])
      expect(leaks(await stored(world()), all), 'the database').toEqual([])
      expect(leaks(kept.urls.join('\n'), kept.secrets), 'addresses').toEqual([])
      expect(leaks(kept.headers.join('\n'), kept.secrets), 'headers of answers').toEqual([])
      const mailed = kept.mails.join('\n')
      expect(leaks(mailed, kept.secrets), 'mails').toEqual([])
      for (const path of files(world().config.data)) expect(leaks(readFileSync(path, 'latin1'), all), path).toEqual([])
      const metrics = await metricsOf(world()).registry.metrics()
      expect(leaks(metrics, all), 'metrics').toEqual([])
      // The net has no hole: it finds what is put in.
      expect(leaks(`…${[...kept.secrets.values()].join(' ')}`, kept.secrets).length).toBe(kept.secrets.size)
      await stand.close()
    })
  },
  { LATCHKEY_RECOVERY_PROOFS: 'security-code,security-questions,recovery-code,mailed-code', LATCHKEY_LOG_LEVEL: 'debug' },
)
