import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A relying party's end: it keeps what it is told, and can be told how to answer. */
export type Receiver = {
  url: string
  tokens: string[]
  /** All that came with each token. */
  forms: URLSearchParams[]
  answer: (request: IncomingMessage, response: ServerResponse) => void
  close: () => void
}

export async function openReceiver(): Promise<Receiver> {
  const server: Server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
    request.on('end', () => {
      const form = new URLSearchParams(text)
      receiver.forms.push(form)
      receiver.tokens.push(form.get('logout_token') ?? '')
      receiver.answer(request, response)
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tokens: [],
    forms: [],
    answer: (_, response) => response.writeHead(200).end(),
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
  return receiver
}
