import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../../config.ts'
import { AddressRefused, checkAddress, fetchSafely, type Resolve, type SafeFetch } from './fetch-safely.ts'

const LOCAL = readConfig({})
const PUBLIC = readConfig({ LATCHKEY_LOGIN_URL: 'https://id.example.test', LATCHKEY_PORTAL_URL: 'https://10.0.0.7' })

describe('addresses that others chose', () => {
  let server: Server | undefined
  let reached = 0
  let url = ''
  beforeAll(async () => {
    const open = createServer((request, response) => {
      reached += 1
      response.end(request.url === '/long' ? 'x'.repeat(70_000) : `Host: ${request.headers.host}`)
    })
    server = open
    await new Promise<void>((done) => open.listen(0, '127.0.0.1', done))
    url = `http://127.0.0.1:${(open.address() as AddressInfo).port}`
  })
  afterAll(() => server?.close())

  test.each([
    'https://169.254.169.254/latest/meta-data',
    'https://127.0.0.1/',
    'https://127.1/',
    'https://0x7f000001/',
    'https://2130706433/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:a9fe:a9fe]/',
    'https://[fd00::1]/',
    'https://[fe80::1]/',
    'https://[64:ff9b::7f00:1]/',
    'https://0.0.0.0/',
    'https://10.1.2.3/',
    'https://172.16.0.1/',
    'https://192.168.1.1/',
    'https://100.64.0.1/',
    'https://224.0.0.1/',
    'https://localhost/',
    'http://93.184.216.34/',
  ])('%s is not asked from a public login origin', async (address) => {
    await expect(checkAddress(PUBLIC, new URL(address))).rejects.toBeInstanceOf(AddressRefused)
    await expect(fetchSafely(PUBLIC)(address)).rejects.toBeInstanceOf(AddressRefused)
  })

  test('public ones are, and the portal wherever the configuration puts it', async () => {
    expect(await checkAddress(PUBLIC, new URL('https://93.184.216.34/'))).toEqual({ address: '93.184.216.34', family: 4 })
    expect(await checkAddress(PUBLIC, new URL('https://[2606:2800:220:1::1]/'))).toEqual({ address: '2606:2800:220:1::1', family: 6 })
    expect(await checkAddress(PUBLIC, new URL('https://10.0.0.7/backchannel-logout'))).toMatchObject({ address: '10.0.0.7' })
    await expect(checkAddress(PUBLIC, new URL('https://10.0.0.7:8443/'))).rejects.toBeInstanceOf(AddressRefused)
  })

  test('loopback is asked where the login origin is loopback itself, and other private ones are not', async () => {
    expect(await (await fetchSafely(LOCAL)(`${url}/`)).text()).toBe(`Host: ${new URL(url).host}`)
    await expect(fetchSafely(LOCAL)('http://192.168.1.1/')).rejects.toBeInstanceOf(AddressRefused)
    const before = reached
    await expect(fetchSafely(PUBLIC)(url)).rejects.toBeInstanceOf(AddressRefused)
    expect(reached).toBe(before)
  })

  test('an answer without end is given up', async () => {
    await expect(fetchSafely(LOCAL)(`${url}/long`)).rejects.toBeInstanceOf(AddressRefused)
  })

  test('a name whose address changes between two questions is asked where it was looked at, and looked at each time', async () => {
    const elsewhere = createServer((_, response) => void response.end('elsewhere'))
    const { port } = new URL(url)
    await new Promise<void>((done) => elsewhere.listen(Number(port), '127.0.0.2', done))
    const questions: string[] = []
    /** Each question has the next answer. */
    const changing = (...answers: string[][]): Resolve => {
      return async (name) => {
        questions.push(name)
        return (answers.shift() ?? []).map((address) => ({ address, family: 4 }))
      }
    }
    const address = `http://rebinding.example.test:${port}/`
    const ask = (fetching: SafeFetch) => fetching(address).then((answer) => answer.text())
    const moving = fetchSafely(LOCAL, changing(['127.0.0.1'], ['127.0.0.2'], ['10.0.0.1'], ['127.0.0.1']))
    expect(await ask(moving)).toBe(`Host: rebinding.example.test:${port}`)
    expect(questions).toEqual(['rebinding.example.test'])
    expect(await ask(moving)).toBe('elsewhere')
    const before = reached
    await expect(ask(moving)).rejects.toBeInstanceOf(AddressRefused)
    await expect(ask(fetchSafely(LOCAL, changing(['127.0.0.1', '169.254.169.254'], ['127.0.0.1'])))).rejects.toBeInstanceOf(AddressRefused)
    await expect(ask(fetchSafely(LOCAL, changing([], ['127.0.0.1'])))).rejects.toBeInstanceOf(AddressRefused)
    expect([reached, questions.length]).toEqual([before, 5])
    await new Promise((done) => elsewhere.close(done))
  })
})
