import { cpSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { KeySet } from '@latchkey/protocol/activation/keys'
import { securityCode, stepAt } from '@latchkey/protocol/otp/totp'
import { beforeAll, describe, expect, test } from 'vitest'
import { addToken, json, newVault } from './command-line.ts'
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
