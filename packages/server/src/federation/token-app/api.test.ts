import { Writable } from 'node:stream'
import pino from 'pino'
import { expect, test } from 'vitest'
import { addIdentity } from '../../../test/device.ts'
import { mailsOf } from '../../../test/mails.ts'
import { enrolPerson } from '../../../test/people.ts'
import { siteOf } from '../../../test/visitor.ts'
import { BROWSER, makePerson, onBothEngines, type World } from '../../../test/world.ts'
import type { UserId } from '../../ids.ts'
import { confirmRegistration } from '../../tokens/confirm-registration.ts'
import { findActivation } from '../../tokens/find-activation.ts'
import { issueToken } from '../../tokens/issue-token.ts'
import { tokenAppDoor } from './api.ts'

const OPEN = '/api/v1/activations/open'
const REGISTER = '/api/v1/activations/register'
const UNKNOWN = 'A'.repeat(22)
const HOUR = 3_600_000

async function ask(
  world: World,
  path: string,
  body: unknown,
  { method = 'POST', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
) {
  const sent = { 'content-type': 'application/json', ...headers }
  const site = siteOf(world, { doors: [tokenAppDoor(world)] })
  const init = { method, headers: sent, ...(method === 'POST' ? { body: typeof body === 'string' ? body : JSON.stringify(body) } : {}) }
  const answer = await site.request(path, init, {})
  const text = await answer.text()
  return { status: answer.status, text, json: text.startsWith('{') ? JSON.parse(text) : undefined, headers: answer.headers }
}

/** A person who has just asked for a token: the ticket that the page's link carries. */
async function askForToken(world: World, user: UserId): Promise<string> {
  await issueToken(world, BROWSER, user, { label: 'Work' })
  const ticket = (await findActivation(world, user))?.ticket
  if (ticket === undefined) throw new Error('a ticket was expected')
  return ticket
}

onBothEngines('token app', (world) => {
  test('by ticket: open, register, and active only when its owner says yes', async () => {
    const user = await makePerson(world())
    const ticket = await askForToken(world(), user)
    const opened = await ask(world(), OPEN, { ticket })
    expect(opened).toMatchObject({ status: 200, json: { name: 'Work' } })
    expect(Object.keys(opened.json)).toEqual(['serialNumber', 'activationCode', 'name'])
    const { registrationCode } = await addIdentity(opened.json.serialNumber, opened.json.activationCode)
    expect(await ask(world(), REGISTER, { ticket, registrationCode })).toMatchObject({ status: 200, json: { state: 'provisional' } })
    const pending = await findActivation(world(), user)
    expect(pending).toMatchObject({ state: 'provisional', lastSymbols: registrationCode.slice(-4) })
    if (pending === undefined) throw new Error('an activation was expected')
    expect(await confirmRegistration(world(), BROWSER, user, pending.id, true)).toMatchObject({ outcome: 'active' })
    expect(await ask(world(), REGISTER, { ticket, registrationCode })).toMatchObject({ status: 403 })
  })

  test('unknown, used, expired and void tickets look alike', async () => {
    const { user } = await enrolPerson(world())
    const used = await askForToken(world(), user)
    await ask(world(), OPEN, { ticket: used })
    const again = await ask(world(), OPEN, { ticket: used })
    expect((await mailsOf(world(), user)).filter(({ text }) => text.includes('a second time'))).toHaveLength(1)
    const overtaken = await askForToken(world(), user)
    const expired = await askForToken(world(), user)
    world().pass(HOUR)
    const registrationCode = '48NN-K56Z-R6NG-3B8G-JJBM'
    const refused = [
      again,
      await ask(world(), OPEN, { ticket: UNKNOWN }),
      await ask(world(), OPEN, { ticket: overtaken }),
      await ask(world(), OPEN, { ticket: expired }),
      await ask(world(), REGISTER, { ticket: UNKNOWN, registrationCode }),
      await ask(world(), REGISTER, { ticket: overtaken, registrationCode }),
    ]
    const seen = refused.map(({ status, text, headers }) => {
      headers.delete('x-request-id')
      return JSON.stringify([status, text, [...headers]])
    })
    expect(new Set(seen).size).toBe(1)
    expect(refused[0]).toMatchObject({ status: 403, json: { error: 'refused' } })
  })

  test('two hundred openings, released together: one has the codes', async () => {
    const ticket = await askForToken(world(), await makePerson(world()))
    const answers = await Promise.all(Array.from({ length: 200 }, () => ask(world(), OPEN, { ticket })))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  test('a mistyped code says where to look and costs no try', async () => {
    const user = await makePerson(world())
    const ticket = await askForToken(world(), user)
    const { json } = await ask(world(), OPEN, { ticket })
    const { registrationCode } = await addIdentity(json.serialNumber, json.activationCode)
    const first = registrationCode.charAt(0)
    const slip = `${first === 'A' ? 'B' : 'A'}${registrationCode.slice(1)}`
    const answers = {
      typing: await ask(world(), REGISTER, { ticket, registrationCode: slip }),
      length: await ask(world(), REGISTER, { ticket, registrationCode: registrationCode.slice(1) }),
      symbol: await ask(world(), REGISTER, { ticket, registrationCode: `U${registrationCode.slice(1)}` }),
    }
    expect(answers.typing).toMatchObject({ status: 422, json: { error: 'typing', suspect: { symbol: 0 } } })
    expect(answers.length).toMatchObject({ status: 422, json: { error: 'length' } })
    expect(answers.symbol).toMatchObject({ status: 422, json: { error: 'symbol', at: 0 } })
    expect((await findActivation(world(), user))?.triesLeft).toBe(5)
    for (const { text } of Object.values(answers)) expect(text).not.toContain(registrationCode.slice(5, 9))
  })

  test('pages of the token origin may ask, pages of no other; cookies are never asked for', async () => {
    const token = world().config.token.url
    for (const path of [OPEN, REGISTER]) {
      const asked = {
        method: 'OPTIONS',
        headers: { origin: token, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
      }
      const preflight = await ask(world(), path, undefined, asked)
      expect(preflight.status).toBe(204)
      expect(preflight.headers.get('access-control-allow-origin')).toBe(token)
      expect(preflight.headers.get('access-control-allow-methods')).toBe('POST')
      expect(preflight.headers.get('access-control-allow-headers')).toBe('content-type')
      expect(preflight.headers.get('access-control-allow-credentials')).toBeNull()
      for (const origin of [
        world().config.login.url,
        world().config.portal.url,
        'null',
        `${token}.example.test`,
        `${token}/`,
        'http://localhost',
      ]) {
        const body = { ticket: UNKNOWN, registrationCode: 'x' }
        for (const method of ['OPTIONS', 'POST']) {
          const foreign = await ask(world(), path, body, { method, headers: { origin } })
          expect(foreign, origin).toMatchObject({ status: 403, json: { error: 'foreign-origin' } })
          expect(foreign.headers.get('access-control-allow-origin')).toBeNull()
        }
      }
      expect(
        (await ask(world(), path, { ticket: UNKNOWN, registrationCode: 'x' }, { headers: { origin: token } })).headers.get('vary'),
      ).toBe('Origin')
    }
  })

  test('an address that tries ticket after ticket fills no log: beyond its share nothing is looked up or recorded', async () => {
    const site = siteOf(world(), { doors: [tokenAppDoor(world())] })
    const body = JSON.stringify({ ticket: 'A'.repeat(22) })
    const press = async () =>
      (await site.request(OPEN, { method: 'POST', headers: { 'content-type': 'application/json' }, body }, {})).status
    const records = async () => (await world().db.read.selectFrom('audit_events').select('id').execute()).length
    const statuses = await Promise.all(Array.from({ length: 1_000 }, press))
    expect(statuses).not.toContain(429)
    const before = await records()
    expect([await press(), await press()]).toEqual([429, 429])
    expect(await records()).toBe(before)
    world().pass(600_000)
    expect(await press()).not.toBe(429)
  })

  test('a page of another origin spends no ticket', async () => {
    const ticket = await askForToken(world(), await makePerson(world()))
    await ask(world(), OPEN, { ticket }, { headers: { origin: 'http://evil.example.test' } })
    expect(await ask(world(), OPEN, { ticket })).toMatchObject({ status: 200 })
  })

  test('what is not exactly the object that is asked for is refused', async () => {
    const ticket = await askForToken(world(), await makePerson(world()))
    for (const body of [
      null,
      [],
      {},
      { ticket: 1 },
      { ticket: [ticket] },
      { ticket: `${ticket}A` },
      { ticket: '' },
      { ticket, user: 'alice' },
      { ticket, state: 'active' },
    ])
      expect(await ask(world(), OPEN, body), JSON.stringify(body)).toMatchObject({ status: 400, json: { error: 'malformed' } })
    for (const body of [
      { ticket },
      { ticket, registrationCode: 1 },
      { ticket, registrationCode: 'A'.repeat(129) },
      { ticket, registrationCode: 'A', confirmed: true },
    ])
      expect(await ask(world(), REGISTER, body), JSON.stringify(body)).toMatchObject({ status: 400, json: { error: 'malformed' } })
    expect(await ask(world(), `${OPEN}?ticket=${ticket}`, { ticket })).toMatchObject({ status: 400 })
    expect(await ask(world(), OPEN, { ticket }, { headers: { 'content-type': 'text/plain' } })).toMatchObject({ status: 415 })
    expect(await ask(world(), OPEN, JSON.stringify({ ticket: 'x'.repeat(5_000) }))).toMatchObject({ status: 413 })
    expect(await ask(world(), OPEN, undefined, { method: 'GET' })).toMatchObject({ status: 405 })
    expect(await ask(world(), OPEN, { ticket })).toMatchObject({ status: 200 })
  })

  test('no ticket and no code in the log, whatever goes wrong', async () => {
    const lines: string[] = []
    const stream = new Writable({
      write: (chunk, _encoding, done) => {
        lines.push(String(chunk))
        done()
      },
    })
    const ticket = await askForToken(world(), await makePerson(world()))
    const failing: World = {
      ...world(),
      log: pino({ level: 'trace' }, stream),
      db: { ...world().db, transaction: () => Promise.reject(new Error('the disk is full')) },
    }
    const registrationCode = '48NN-K56Z-R6NG-3B8G-JJBM'
    const answers = [await ask(failing, OPEN, { ticket }), await ask(failing, REGISTER, { ticket: UNKNOWN, registrationCode })]
    for (const { status, text } of answers) {
      expect(status).toBe(500)
      expect(text).not.toContain('disk')
    }
    expect(lines.join('')).toContain('the disk is full')
    for (const secret of [ticket, UNKNOWN, registrationCode, '48NN']) expect(lines.join('')).not.toContain(secret)
  })
})
