import { Agent, request } from 'node:http'
import { VALIDATE_PATH } from '@latchkey/server/federation/validate/api'

/** What a program learns of one code. `unreached`: nothing was sent. `unknown`: it was, and the answer is none, or promises nothing. */
export type Asked = { outcome: 'accepted' | 'refused' | 'unknown' | 'unreached'; request: string | undefined }
export type Where = { host: string; port: number; agent: Agent; apiKey: string; timeoutMs: number }

export function openWhere(port: number, apiKey: string, { host = '127.0.0.1', timeoutMs = 20_000 } = {}): Where {
  return { host, port, agent: new Agent({ keepAlive: true, maxSockets: 256 }), apiKey, timeoutMs }
}

/** Asks a server whether a code is good, as a program does. */
export function ask({ host, port, agent, apiKey, timeoutMs }: Where, user: string, code: string): Promise<Asked> {
  const body = JSON.stringify({ user, code })
  return new Promise((resolve) => {
    const unanswered = (error: NodeJS.ErrnoException): void =>
      resolve({ outcome: error.code === 'ECONNREFUSED' ? 'unreached' : 'unknown', request: undefined })
    const asking = request(
      {
        host,
        port,
        agent,
        path: VALIDATE_PATH,
        method: 'POST',
        timeout: timeoutMs,
        headers: { 'content-type': 'application/json', 'content-length': body.length, authorization: `Bearer ${apiKey}` },
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part
        })
        response.on('error', unanswered)
        response.on('end', () => {
          const id = response.headers['x-request-id']
          resolve({ outcome: outcomeOf(response.statusCode, text), request: typeof id === 'string' ? id : undefined })
        })
      },
    )
    asking.on('timeout', () => asking.destroy(new Error('no answer')))
    asking.on('error', unanswered)
    asking.end(body)
  })
}

function outcomeOf(status: number | undefined, text: string): Asked['outcome'] {
  if (status !== 200) return 'unknown'
  const answer: unknown = JSON.parse(text)
  if (typeof answer !== 'object' || answer === null || !('accepted' in answer)) return 'unknown'
  return answer.accepted === true ? 'accepted' : 'refused'
}
