import { PASSWORD } from './people.ts'

/** Signs a person in as a browser does, up to the answer that says that the password was right. @throws if it was not */
async function signIn(origin: string, name: string): Promise<void> {
  const opened = await fetch(`${origin}/sign-in`, { redirect: 'manual' })
  const page = new URL(opened.headers.get('location') ?? '', origin)
  const cookie = opened.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ')
  await opened.arrayBuffer()
  const answered = await fetch(page, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie, origin, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ name, password: PASSWORD }),
  })
  await answered.arrayBuffer()
  const flash = answered.headers.getSetCookie().some((one) => one.startsWith('latchkey_flash='))
  if (answered.status !== 303 || flash) throw new Error(`the sign-in of ${name} was answered with ${answered.status}`)
}

/** So many at once, until all are done; resolves with how many a second. */
export async function signInAll(origin: string, names: readonly string[], atOnce: number): Promise<number> {
  const waiting = [...names]
  const from = performance.now()
  const work = async (): Promise<void> => {
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) await signIn(origin, name)
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return names.length / ((performance.now() - from) / 1000)
}
