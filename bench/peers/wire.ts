/** A POST as it goes over the wire. */
function post(path: string, headers: Readonly<Record<string, string>>, body: string): string {
  const lines = Object.entries({ host: '127.0.0.1', ...headers, 'content-length': String(Buffer.byteLength(body)) })
  return `POST ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`
}

export function postJson(path: string, headers: Readonly<Record<string, string>>, body: unknown): string {
  return post(path, { ...headers, 'content-type': 'application/json' }, JSON.stringify(body))
}

export function postForm(path: string, headers: Readonly<Record<string, string>>, body: Readonly<Record<string, string>>): string {
  return post(path, { ...headers, 'content-type': 'application/x-www-form-urlencoded' }, String(new URLSearchParams(body)))
}
