import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type IncomingMessage, type RequestListener, request, type ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The domain whose hosts it is the front of; it is nobody's (RFC 6761, 6.2). */
export const DOMAIN = 'latchkey.test'
/** Chromium finds the hosts here, and takes the certificate that nobody signed. */
export const TO_THE_FRONT = [`--host-resolver-rules=MAP *.${DOMAIN} 127.0.0.1`, '--ignore-certificate-errors']

/** What ends TLS before servers of this machine: the hosts of a domain on one port, each with what answers for it. */
export type TlsFront = {
  readonly urlOf: (host: string) => string
  /** Leaves the host's requests to a listener, or passes them on to where something listens without TLS. */
  readonly give: (host: string, to: RequestListener | URL) => void
  readonly close: () => void
}

export async function openTlsFront(): Promise<TlsFront> {
  const hosts = new Map<string, RequestListener>()
  const server = createServer(makeCertificate(), (asked, answer) => {
    const [host = ''] = (asked.headers.host ?? '').split(`.${DOMAIN}`)
    const listener = hosts.get(host)
    if (listener === undefined) answer.writeHead(421).end()
    else listener(asked, answer)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return {
    urlOf: (host) => `https://${host}.${DOMAIN}:${port}`,
    give: (host, to) => void hosts.set(host, to instanceof URL ? (asked, answer) => passOn(to, asked, answer) : to),
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** Passes a request on as it is. */
export function passOn(to: URL, asked: IncomingMessage, answer: ServerResponse): void {
  const { method, url, headers } = asked
  const on = request({ host: '127.0.0.1', port: to.port, method, path: url, headers }, (answered) => {
    answer.writeHead(answered.statusCode ?? 502, answered.rawHeaders)
    answered.pipe(answer)
  })
  on.on('error', () => answer.headersSent || answer.writeHead(502).end())
  asked.pipe(on)
}

function makeCertificate(): { key: Buffer; cert: Buffer } {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-tls-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const names = ['-subj', `/CN=${DOMAIN}`, '-addext', `subjectAltName=DNS:*.${DOMAIN}`]
  const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key, '-out', cert]
  execFileSync('openssl', ['req', '-x509', '-days', '2', ...names, ...made], { stdio: ['ignore', 'ignore', 'pipe'] })
  const read = { key: readFileSync(key), cert: readFileSync(cert) }
  rmSync(folder, { recursive: true })
  return read
}
