import { cpSync, mkdtempSync, readdirSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listIdentities } from '@latchkey/soft-token/identity/list-identities'
import { beforeAll, describe, expect, test } from 'vitest'
import { openVault } from '../src/token/vault.ts'
import { addToken, type Issued, latchkey, newVault } from './command-line.ts'
import { atTerminal } from './pseudo-terminal.ts'

const PIN = '184027'
const A_CODE = { securityCode: expect.any(String), validForSeconds: expect.any(Number) }

let vault: string
let work: Issued
let bank: Issued
/** The file of the key that Work is sealed under. */
let keyFile: string

beforeAll(async () => {
  vault = newVault()
  work = (await addToken(vault, 'Work', PIN)).issued
  bank = (await addToken(vault, 'Bank', PIN)).issued
  const { identities } = await listIdentities(openVault({ LATCHKEY_VAULT: vault, LATCHKEY_KEYRING: 'off' }).platform)
  keyFile = `${Buffer.from(identities.find(({ label }) => label === 'Work')?.keyId ?? []).toString('hex')}.key`
})

/** Commands on a copy of the vault, one file of which nobody may open. */
function without(forbidden: string) {
  const folder = join(mkdtempSync(join(tmpdir(), 'latchkey-')), 'vault')
  cpSync(vault, folder, { recursive: true })
  const run = async (args: readonly string[], lines: readonly string[] = []) => {
    const { status, stdout, stderr } = await latchkey(folder, ['token', ...args], lines, {
      environment: { LATCHKEY_FORBIDDEN: forbidden },
      node: ['--import', join(import.meta.dirname, 'no-permission.mjs')],
    })
    return { status, stdout, stderr, value: args.includes('--json') && stdout !== '' ? JSON.parse(stdout) : undefined }
  }
  return { folder, run }
}

describe.each(['its file', 'its key'])('an identity of which nobody may open %s', (what) => {
  const machine = () => without(what === 'its file' ? `${work.serial}.sealed` : keyFile)

  test('is named beside the others, with what to do', async () => {
    const { run } = machine()
    expect(await run(['list', '--json'])).toMatchObject({
      status: 1,
      value: { error: 'storage', identities: [{ name: 'Bank', serialNumber: bank.printed }] },
    })
    const { stdout, stderr } = await run(['list'])
    expect(stdout.trimEnd().split('\n')).toEqual([
      expect.stringMatching(`^${bank.printed} .* Bank$`),
      expect.stringMatching(`^${work.printed} .*unreadable$`),
    ])
    expect(stderr).toContain(`The identity with serial number ${work.printed} cannot be written or read: no permission (`)
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
  })

  test('does not take the others away', async () => {
    const { run } = machine()
    expect((await run(['code', 'Bank', '--json'], [PIN])).value).toEqual(A_CODE)
    expect((await run(['rename', 'Bank', 'Savings', '--json'])).status).toBe(0)
    expect((await run(['details', 'Savings', '--json'])).status).toBe(0)
    expect(await run(['code', work.printed, '--json'], [PIN])).toMatchObject({ status: 1, value: { error: 'storage' } })
  })
})

test('a removal that cannot be done leaves the file as it is', async () => {
  const { folder, run } = without(`${work.serial}.sealed`)
  const before = readdirSync(folder, { recursive: true })
  expect(await run(['remove', work.printed, '--json'])).toMatchObject({ status: 1, value: { error: 'storage' } })
  expect(readdirSync(folder, { recursive: true })).toEqual(before)
})

test('a removal that was broken off at a file that nobody may open does not take the others away', async () => {
  const { folder, run } = without(`${work.serial}.sealed.gone`)
  expect(await run(['remove', work.printed, '--json'])).toMatchObject({ status: 1, value: { error: 'storage' } })
  expect(readdirSync(folder)).toContain(`${work.serial}.sealed.gone`)
  expect((await run(['code', '--json'], [PIN])).value).toEqual(A_CODE)
})

test('beside an identity that cannot be read, the one that is meant is to be named', async () => {
  const { folder, run } = without('nothing')
  truncateSync(join(folder, `${work.serial}.sealed`), 10)
  const { status, stderr } = await run(['code', '--json'], [PIN])
  expect([status, stderr]).toEqual([2, `latchkey: there are several identities; name one: Bank, ${work.printed}, which cannot be read\n`])
  expect((await run(['code', 'Bank', '--json'], [PIN])).value).toEqual(A_CODE)
})

// `script` of util-linux opens the pseudo-terminal.
test.runIf(process.platform === 'linux')('at a terminal it is named, and the other is offered', async () => {
  const { folder } = without('nothing')
  truncateSync(join(folder, `${work.serial}.sealed`), 10)
  const terminal = atTerminal(folder, ['token', 'details'])
  await terminal.waitFor(new RegExp(`${work.printed} is damaged`))
  await terminal.waitFor(/Which identity/)
  terminal.type('\r')
  await terminal.waitFor(new RegExp(bank.printed))
  expect(await terminal.ended).toBe(0)
})
