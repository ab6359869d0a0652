import { randomBytes } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Transporter } from 'nodemailer'
import type { Config } from '../config.ts'
import type { Letter } from './deliver.ts'
import { inOneLine, isAddress } from './rules.ts'

/** The way that mail takes: a server (`smtp.url`), or files in the outbox folder. */
export type MailWay = {
  /** @throws if it was not taken over */
  readonly send: (letter: Letter) => Promise<void>
  /** Whether mail could be handed over now. @throws with the reason */
  readonly check: () => Promise<void>
  readonly close: () => void
}

/** Never tried again as it is, but kept until it is given up, so that it shows. */
export class NotAnAddress extends Error {
  override name = 'NotAnAddress'
}

const CONNECT_MS = 10_000
const ANSWER_MS = 30_000
/** A letter is text alone: nothing in it may name a file or an address to be fetched. */
const TEXT_ALONE = { disableFileAccess: true, disableUrlAccess: true } as const

/** Opens the way that the configuration names. Nothing is connected before the first mail. */
export function openMail(config: Pick<Config, 'smtp' | 'outboxFolder'>): MailWay {
  return config.smtp.url === undefined ? toFolder(config.outboxFolder, config.smtp.from) : toServer(config.smtp.url, config.smtp.from)
}

function toServer(url: string, from: string): MailWay {
  const times = { connectionTimeout: CONNECT_MS, greetingTimeout: CONNECT_MS, socketTimeout: ANSWER_MS }
  const transport = onFirstUse({ ...TEXT_ALONE, ...times, url, pool: true })
  return {
    send: async (letter) => {
      await (await transport.open()).sendMail(messageOf(letter, from))
    },
    check: async () => {
      await (await transport.open()).verify()
    },
    close: transport.close,
  }
}

/** Each letter becomes a file, whole or not at all; the same letter again becomes the same file. */
function toFolder(folder: string, from: string): MailWay {
  const transport = onFirstUse({ ...TEXT_ALONE, streamTransport: true, buffer: true })
  const check = async (): Promise<void> => {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const probe = join(folder, `.probe-${randomBytes(6).toString('hex')}`)
    await (await open(probe, 'wx', 0o600)).close()
    await rm(probe)
  }
  return {
    send: async (letter) => {
      const { message } = await (await transport.open()).sendMail(messageOf(letter, from))
      if (!Buffer.isBuffer(message)) throw new Error('a letter was made that is no bytes')
      await writeWhole(folder, `${new Date(letter.at).toISOString().replaceAll(':', '-')}-${letter.id}.eml`, message)
    },
    check,
    close: transport.close,
  }
}

/** The library is loaded with the first mail: many processes never send one, and it takes a good deal of memory. */
function onFirstUse(options: object): { open: () => Promise<Transporter>; close: () => void } {
  let opened: Promise<Transporter> | undefined
  const load = async (): Promise<Transporter> => (await import('nodemailer')).createTransport(options)
  return {
    open: () => {
      opened ??= load()
      return opened
    },
    close: () => {
      opened?.then((transport) => transport.close()).catch(() => undefined)
    },
  }
}

function messageOf(letter: Letter, from: string) {
  if (!isAddress(letter.to)) throw new NotAnAddress('what a mail was to go to is no address')
  return {
    from,
    to: { name: '', address: letter.to },
    subject: inOneLine(letter.subject),
    text: letter.text,
    date: new Date(letter.at),
    messageId: `<${letter.id}@latchkey>`,
    headers: { 'Auto-Submitted': 'auto-generated' },
  }
}

async function writeWhole(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const beside = join(folder, `.${name}.${randomBytes(6).toString('hex')}`)
  const file = await open(beside, 'wx', 0o600)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(beside, join(folder, name))
}
