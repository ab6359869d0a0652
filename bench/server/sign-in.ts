import { Agent, type IncomingMessage, request } from 'node:http'
import { PASSWORD } from './people.ts'

type Opened = { page: URL; cookie: string; name: string }

const agent = new Agent({ keepAlive: true, maxSockets: 64 })

/** Opens the page of a sign-in, as a browser does. */
async function openPage(origin: string, name: string): Promise<Opened> {
  const opened = await ask(new URL('/sign-in', origin), 'GET', {}, '')
  return { page: new URL(opened.headers.location ?? '', origin), cookie: cookiesOf(opened).join('; '), name }
}

/** Sends the password. @throws if it was not right */
async function sendPassword(origin: string, { page, cookie, name }: Opened): Promise<void> {
  const headers = { cookie, origin, 'content-type': 'application/x-www-form-urlencoded' }
  const answered = await ask(page, 'POST', headers, String(new URLSearchParams({ name, password: PASSWORD })))
  const refused = cookiesOf(answered).some((one) => one.startsWith('latchkey_flash='))
  if (answered.statusCode !== 303 || refused) throw new Error(`the sign-in of ${name} was answered with ${answered.statusCode}`)
}

/** As little of a client as there can be: it takes from the cores what the server does not get. */
function ask(url: URL, method: string, headers: Readonly<Record<string, string>>, body: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const length = { 'content-length': String(Buffer.byteLength(body)) }
    const asked = request(url, { agent, method, headers: { ...headers, ...length } }, (answered) => {
      answered.resume().on('end', () => resolve(answered))
    })
    asked.on('error', reject).end(body)
  })
}

function cookiesOf({ headers }: IncomingMessage): string[] {
  return (headers['set-cookie'] ?? []).map((one) => one.split(';')[0] ?? '')
}

/** Sends so many passwords at once until all are signed in, with their pages opened before; resolves with how many a second. */
export async function signInAll(origin: string, names: readonly string[], atOnce: number): Promise<number> {
  const waiting: Opened[] = []
  for (const name of names) waiting.push(await openPage(origin, name))
  const from = performance.now()
  const work = async (): Promise<void> => {
    for (let opened = waiting.pop(); opened !== undefined; opened = waiting.pop()) await sendPassword(origin, opened)
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return names.length / ((performance.now() - from) / 1000)
}
