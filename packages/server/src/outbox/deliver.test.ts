import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import PostalMime from 'postal-mime'
import { describe, expect, test } from 'vitest'
import { BROWSER, onBothEngines, START } from '../../test/world.ts'
import { backlog } from './backlog.ts'
import { deliver, type Letter, type Senders } from './deliver.ts'
import { enqueue, type Message } from './enqueue.ts'
import { openMail } from './open-mail.ts'
import { isAddress } from './rules.ts'
import { claimDue, settleEnded } from './store.ts'
import { sweep } from './sweep.ts'

const MAIL: Message = { kind: 'mail', to: ['alice@example.test'], subject: 'Hello', text: 'Something happened.\n' }
const MINUTE = 60_000
const DAY = 86_400_000

function collecting(fails: (letter: Letter) => boolean = () => false): Senders & { letters: Letter[]; sessions: string[] } {
  const letters: Letter[] = []
  const sessions: string[] = []
  return {
    letters,
    sessions,
    mail: async (letter) => {
      if (fails(letter)) throw new Error('550 alice@example.test is not here')
      letters.push(letter)
    },
    backChannelLogout: async (ended) => {
      sessions.push(...ended)
    },
  }
}

onBothEngines('outbox', (world) => {
  const put = (message: Message) => world().db.transaction((tx) => enqueue(world(), tx, undefined, message))
  const empty = () => world().db.transaction((tx) => tx.deleteFrom('outbox').execute())

  test('what a transaction that rolled back put in never leaves', async () => {
    const failing = world().db.transaction(async (tx) => {
      await enqueue(world(), tx, undefined, MAIL)
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(await deliver(world(), collecting())).toEqual({ sent: 0, retried: 0, failed: 0 })
  })

  test('two instances at once never send a message twice', async () => {
    for (let index = 0; index < 60; index += 1) await put(MAIL)
    const other = await world().another()
    const senders = collecting()
    await Promise.all([deliver(world(), senders), deliver(other, senders), deliver(world(), senders), deliver(other, senders)])
    expect(senders.letters.length).toBe(60)
    expect(new Set(senders.letters.map(({ id }) => id)).size).toBe(60)
    expect((await backlog(world())).waiting).toBe(0)
  })

  test('what was claimed by a process that died is sent after the lease, and not before', async () => {
    await empty()
    await put(MAIL)
    const hanging: Senders = { ...collecting(), mail: () => new Promise(() => undefined) }
    void deliver(world(), hanging)
    const claimed = async (): Promise<boolean> =>
      (await world().db.read.selectFrom('outbox').select('attempts').executeTakeFirstOrThrow()).attempts === 1
    await expect.poll(claimed).toBe(true)
    const senders = collecting()
    await deliver(world(), senders)
    expect(senders.letters).toEqual([])
    world().pass(1.5 * MINUTE + 1)
    await deliver(world(), senders)
    expect(senders.letters.length).toBe(1)
  })

  test('what takes longer than the lease is sent once more at most', async () => {
    await empty()
    await put(MAIL)
    const claim = () => world().db.transaction((tx) => claimDue(tx, world().now(), 8))
    const [slow] = await claim()
    world().pass(1.5 * MINUTE + 1)
    const [other] = await claim()
    if (slow === undefined || other === undefined) throw new Error('a claim was expected')
    await world().db.transaction((tx) => settleEnded(tx, slow, 'sent', world().now()))
    world().pass(1.5 * MINUTE + 1)
    expect(await claim()).toEqual([])
    await world().db.transaction((tx) => settleEnded(tx, other, 'failed', world().now()))
    expect((await world().db.read.selectFrom('outbox').select('state').where('id', '=', slow.id).executeTakeFirst())?.state).toBe('sent')
  })

  test('a flood of wishes for new passwords holds no notice back', async () => {
    await empty()
    for (let index = 0; index < 20; index += 1)
      await put({ kind: 'password-reset', name: 'alice', address: 'alice@example.test', caller: BROWSER })
    world().pass(1)
    await put(MAIL)
    const order: string[] = []
    const senders: Senders = {
      ...collecting(),
      mail: async () => void order.push('mail'),
      passwordReset: async () => void order.push('wish'),
    }
    await deliver(world(), senders)
    expect(order).toHaveLength(21)
    expect(order.indexOf('mail')).toBeLessThan(8)
  })

  test('a failure is tried again with growing pauses, given up after three days, and then counted', async () => {
    await empty()
    world().setTime(START)
    await put(MAIL)
    const failing = collecting(() => true)
    expect(await deliver(world(), failing)).toEqual({ sent: 0, retried: 1, failed: 0 })
    expect(await deliver(world(), failing)).toEqual({ sent: 0, retried: 0, failed: 0 })
    let tries = 1
    let failed = 0
    while (failed === 0 && world().now() < START + 4 * DAY) {
      const { not_before } = await world().db.read.selectFrom('outbox').select('not_before').executeTakeFirstOrThrow()
      world().setTime(not_before)
      const round = await deliver(world(), failing)
      tries += round.retried + round.failed
      failed += round.failed
    }
    expect(failed).toBe(1)
    expect(world().now() - START).toBeGreaterThan(2.9 * DAY)
    expect(world().now() - START).toBeLessThanOrEqual(3 * DAY)
    expect(tries).toBeLessThan(100)
    expect(await backlog(world())).toMatchObject({ waiting: 0, failed: 1 })
    world().pass(8 * DAY)
    expect(await sweep(world())).toBe(1)
  })

  test('an address that fails keeps no other from its mail, and none gets it twice', async () => {
    await empty()
    await put({ ...MAIL, to: ['alice@example.test', 'gone@example.test', 'bob@example.test'] })
    let down = true
    const senders = collecting(({ to }) => down && to === 'gone@example.test')
    await deliver(world(), senders)
    expect(senders.letters.map(({ to }) => to)).toEqual(['alice@example.test', 'bob@example.test'])
    down = false
    world().pass(MINUTE)
    await deliver(world(), senders)
    expect(senders.letters.map(({ to }) => to)).toEqual(['alice@example.test', 'bob@example.test', 'gone@example.test'])
  })

  test('ended sessions are handed to the one who tells relying parties', async () => {
    await empty()
    await put({ kind: 'back-channel-logout', sessions: ['ses_a', 'ses_b'] })
    const senders = collecting()
    await deliver(world(), senders)
    expect(senders.sessions).toEqual(['ses_a', 'ses_b'])
  })

  test('what failed before keeps nothing waiting that was never tried', async () => {
    await world().db.transaction(async (tx) => {
      await tx.deleteFrom('outbox').execute()
      for (let number = 0; number < 30; number += 1)
        await enqueue(world(), tx, undefined, { kind: 'mail', to: ['a@example.test'], subject: 's', text: 't' })
      await tx.updateTable('outbox').set({ attempts: 3, not_before: 0 }).execute()
      await enqueue(world(), tx, undefined, { kind: 'mail', to: ['fresh@example.test'], subject: 's', text: 't' })
    })
    const rows = await world().db.transaction((tx) => claimDue(tx, world().now(), 8))
    expect(rows.filter(({ attempts }) => attempts === 1)).toHaveLength(1)
  })

  test('a stop gives back what was claimed and not begun', async () => {
    await empty()
    await put(MAIL)
    const stopping = new AbortController()
    const senders = collecting()
    const original = world().db.transaction
    const db = {
      ...world().db,
      transaction: (async (body) => {
        const value = await original(body)
        stopping.abort()
        return value
      }) as typeof original,
    }
    await deliver({ ...world(), db }, senders, stopping.signal)
    expect(senders.letters).toEqual([])
    await deliver(world(), senders)
    expect(senders.letters.length).toBe(1)
  })

  test('sent payloads are gone after seven days, and not before', async () => {
    await empty()
    await put(MAIL)
    await deliver(world(), collecting())
    world().pass(7 * DAY)
    expect(await sweep(world())).toBe(0)
    world().pass(1)
    expect(await sweep(world())).toBe(1)
  })

  test('no address and no text is in what is logged', async () => {
    await empty()
    await put({ ...MAIL, text: 'canary-text' })
    const lines: string[] = []
    const log = pino({}, { write: (line: string) => lines.push(line) })
    await deliver(
      { ...world(), log },
      collecting(() => true),
    )
    expect(lines.length).toBe(1)
    expect(lines.join()).not.toMatch(/alice|canary|is not here/)
  })
})

describe('mail', () => {
  const letter: Letter = { id: 'out_x.0', at: START, to: 'alice@example.test', subject: 'Grüße', text: 'Text\n.\nmore\n' }
  const newFolder = () => join(mkdtempSync(join(tmpdir(), 'latchkey-mail-')), 'outbox')
  const written = (folder: string) => readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))

  test('a letter is a file for its owner alone; the same again is the same file; names sort by time', async () => {
    const outboxFolder = newFolder()
    const way = openMail({ smtp: { from: 'Latchkey <latchkey@localhost>' }, outboxFolder })
    await way.check()
    await way.send({ ...letter, at: START + 5, id: 'out_a.0' })
    await way.send(letter)
    await way.send(letter)
    const names = readdirSync(outboxFolder)
    expect(names.length).toBe(2)
    expect(names.toSorted()[0]).toContain('out_x')
    for (const name of names) expect(statSync(join(outboxFolder, name)).mode & 0o777).toBe(0o600)
    const mail = await PostalMime.parse(readFileSync(join(outboxFolder, names.toSorted()[0] ?? '')))
    expect({ subject: mail.subject, to: mail.to, text: mail.text?.trimEnd() }).toEqual({
      subject: 'Grüße',
      to: [{ name: '', address: 'alice@example.test' }],
      text: 'Text\n.\nmore',
    })
  })

  test.each(['a\r\nBcc: eve@example.test', 'a\nBcc: eve@example.test', 'a\rBcc: eve@example.test', 'a\u2028Bcc: eve@example.test', 'a\0b'])(
    'no subject adds a header: %j',
    async (subject) => {
      const outboxFolder = newFolder()
      await openMail({ smtp: { from: 'latchkey@localhost' }, outboxFolder }).send({ ...letter, subject })
      const [text = ''] = written(outboxFolder)
      const mail = await PostalMime.parse(text)
      expect(mail.headers.map(({ key }) => key)).not.toContain('bcc')
      expect(mail.subject).not.toMatch(/[\0\r\n]/)
      expect(text.split('\r\n\r\n')[0]).not.toMatch(/^bcc/im)
    },
  )

  test.each([
    'alice@example.test\r\nBcc: eve@example.test',
    'alice@example.test, eve@example.test',
    'alice@example.test eve@example.test',
    '<alice@example.test>',
    'Alice <alice@example.test>',
    'alice@example.test;eve@example.test',
    'group:alice@example.test;',
    'alice',
    '',
  ])('what is not one address gets nothing: %j', async (to) => {
    expect(isAddress(to)).toBe(false)
    const outboxFolder = newFolder()
    await expect(openMail({ smtp: { from: 'latchkey@localhost' }, outboxFolder }).send({ ...letter, to })).rejects.toThrow('no address')
  })

  test('a mail server gets each letter with one recipient', async () => {
    const server = await fakeMailServer()
    const way = openMail({ smtp: { url: server.url, from: 'Latchkey <latchkey@localhost>' }, outboxFolder: newFolder() })
    await way.check()
    await way.send(letter)
    way.close()
    server.close()
    expect(server.commands.filter((line) => line.startsWith('RCPT'))).toEqual(['RCPT TO:<alice@example.test>'])
    expect(server.commands).toContain('MAIL FROM:<latchkey@localhost>')
  })

  test('a mail server that is down is a failure, so that the message stays', async () => {
    const server = await fakeMailServer()
    server.close()
    const way = openMail({ smtp: { url: server.url, from: 'latchkey@localhost' }, outboxFolder: newFolder() })
    await expect(way.send(letter)).rejects.toThrow()
    await expect(way.check()).rejects.toThrow()
    way.close()
  })
})

/** As much of RFC 5321 as one mail needs. */
async function fakeMailServer(): Promise<{ url: string; commands: string[]; close: () => void }> {
  const commands: string[] = []
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    let inText = false
    socket.write('220 here\r\n')
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      for (const line of chunk.split('\r\n').filter((one) => one !== '')) {
        if (inText) {
          if (line === '.') {
            inText = false
            socket.write('250 taken\r\n')
          }
          continue
        }
        commands.push(line)
        inText = line === 'DATA'
        socket.write(inText ? '354 go on\r\n' : line === 'QUIT' ? '221 bye\r\n' : '250 ok\r\n')
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `smtp://127.0.0.1:${port}`,
    commands,
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
