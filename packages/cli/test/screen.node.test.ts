import { cpSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { KeySet } from '@latchkey/protocol/activation/keys'
import { securityCode, stepAt } from '@latchkey/protocol/otp/totp'
import { beforeAll, describe, expect, test } from 'vitest'
import { addToken, issue, json, newVault } from './command-line.ts'
import { shownBy } from './plain-terminal.ts'
import { atTerminal } from './pseudo-terminal.ts'

const PIN = '184027'
/** Until a view has been drawn a second time. */
const REDRAWN_MS = 600

let vault: string
let keys: KeySet

beforeAll(async () => {
  vault = newVault()
  keys = (await addToken(vault, 'Work', PIN)).keys
  // The registration code is not asked for again.
  await json(vault, ['token', 'code'], [PIN])
})

function copyOfVault(): string {
  const copy = join(mkdtempSync(join(tmpdir(), 'latchkey-')), 'vault')
  cpSync(vault, copy, { recursive: true })
  return copy
}

/** The codes of the steps around now: the one before was shown already. */
function codesNow(): string[] {
  const step = stepAt(Date.now())
  return [step - 1, step, step + 1, step + 2].map((one) => securityCode(keys.otp, one, 6))
}

/** However it is grouped, and on however many lines. */
function anyOf(codes: readonly string[]): RegExp {
  return new RegExp(codes.map((code) => Array.from(code).join('\\s*')).join('|'))
}

// `script` of util-linux opens the pseudo-terminal.
describe.runIf(process.platform === 'linux').concurrent('the code', () => {
  test.each([
    [24, 80],
    [9, 80],
    [5, 40],
    [3, 20],
    [1, 80],
    [1, 7],
    [24, 8],
    [10, 4],
  ])('is seen in %i rows of %i columns, and nothing of it is left when its view ends', async (rows, columns) => {
    const terminal = atTerminal(copyOfVault(), ['token', 'code'], { rows, columns })
    await terminal.waitFor(/◆/)
    terminal.type(`${PIN}\r`)
    await terminal.waitFor(/\d{3}\s*\d{3}/)
    await pause(REDRAWN_MS)
    const during = shownBy(await terminal.written(), rows, columns)
    expect(during.screen.join('\n')).toMatch(anyOf(codesNow()))
    terminal.type('\r')
    expect(await terminal.ended).toBe(0)
    const { screen, scrolledOff } = shownBy(await terminal.written(), rows, columns)
    const left = [...scrolledOff, ...screen].join('\n')
    expect(left).not.toMatch(anyOf(codesNow()))
    expect(left).not.toMatch(/picture|Enter|seconds/)
  })
})

describe.runIf(process.platform === 'linux').concurrent('on a terminal that can erase nothing', () => {
  const environment = { TERM: 'dumb' }

  test('the code is written once, and that it stays is said', async () => {
    const terminal = atTerminal(copyOfVault(), ['token', 'code'], { environment })
    await terminal.waitFor(/PIN/)
    terminal.type(`${PIN}\r`)
    await terminal.waitFor(/\d{3} \d{3}/)
    await pause(REDRAWN_MS)
    terminal.type('\r')
    expect(await terminal.ended).toBe(0)
    const written = await terminal.written()
    expect(written.match(/\d{3} \d{3}/g)).toHaveLength(1)
    expect(written).toContain('This terminal cannot erase')
    expect(written).not.toContain('[?1049h')
  })

  test('a code that is typed is not shown', async () => {
    const { printed, typed } = issue()
    const terminal = atTerminal(newVault(), ['token', 'add', 'Work', '--serial', printed], { environment })
    await terminal.waitFor(/Activation code/)
    terminal.type(`${typed}\r`)
    await terminal.waitFor(/Create/)
    terminal.type('\u0003')
    expect(await terminal.ended).toBe(1)
    for (const group of typed.split('-').slice(1)) expect(await terminal.written()).not.toContain(group)
  })
})

describe.runIf(process.platform === 'linux').concurrent('what is typed, and shown once, to add an identity', () => {
  test.each([
    [24, 80],
    [6, 80],
    [4, 30],
    [3, 40],
  ])('is not left in %i rows of %i columns', async (rows, columns) => {
    const { printed, typed } = issue()
    const terminal = atTerminal(newVault(), ['token', 'add', 'Work', '--serial', printed], { rows, columns })
    await terminal.waitFor(/◆/)
    for (const character of typed) {
      terminal.type(character)
      await pause(20)
    }
    terminal.type('\r')
    await terminal.waitFor(/Create/)
    terminal.type('\u001b[B\r')
    const pin = await terminal.waitFor(/Your PIN[^0-9]*?(\d{6})/)
    terminal.type('\r')
    for (let time = 0; time < 2; time += 1) {
      await terminal.waitFor(/◆/)
      terminal.type(`${pin}\r`)
    }
    await terminal.waitFor(/Your picture|Your PIN always/)
    await pause(REDRAWN_MS)
    terminal.type('\r')
    await terminal.waitFor(/Is the code/)
    terminal.type('\r')
    expect(await terminal.ended).toBe(0)
    const { screen, scrolledOff } = shownBy(await terminal.written(), rows, columns)
    const left = [...scrolledOff, ...screen].join('\n')
    for (const group of typed.split('-').slice(1)) expect(left).not.toContain(group)
    expect(left).not.toContain(pin)
    expect(left).not.toMatch(/Your picture|others mean/)
  })
})
