import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { beforeEach, describe, expect, test } from 'vitest'
import { addToken, newVault } from './command-line.ts'
import { atTerminal } from './pseudo-terminal.ts'

const PIN = '184027'
/** Longer than it takes to read the clipboard and to empty it. */
const SOON = { timeout: 10_000 }

let vault: string

beforeEach(async () => {
  vault = newVault()
  await addToken(vault, 'Work', PIN)
})

/** A clipboard that is a file, behind the program that reaches it; `seconds` is how long it takes to fill it. */
function clipboard(seconds = 0) {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-'))
  const file = join(folder, 'clipboard')
  writeFileSync(file, 'before')
  const program = `#!/bin/sh\ncase "$*" in *--input*) cat > ${file}; touch ${file}.filled; sleep ${seconds};; *) cat ${file};; esac\n`
  writeFileSync(join(folder, 'xsel'), program)
  chmodSync(join(folder, 'xsel'), 0o700)
  return {
    environment: { PATH: `${folder}:${process.env.PATH}`, WAYLAND_DISPLAY: '' },
    holds: () => readFileSync(file, 'utf8'),
    fill: (text: string) => writeFileSync(file, text),
  }
}

/** The view of a code that is on the clipboard. */
async function showingCode(holder: ReturnType<typeof clipboard>) {
  const terminal = atTerminal(vault, ['token', 'code', '--copy'], { environment: holder.environment })
  await terminal.waitFor(/Is the registration code/)
  terminal.type('\r')
  await terminal.waitFor(/PIN/)
  terminal.type(`${PIN}\r`)
  return terminal
}

// `script` of util-linux opens the pseudo-terminal, and the clipboard is behind `xsel`.
describe.runIf(process.platform === 'linux')('a code on the clipboard', () => {
  test.each([
    ['the terminal is closed', (terminal: ReturnType<typeof atTerminal>) => terminal.hangUp()],
    ['the command is ended', (terminal: ReturnType<typeof atTerminal>) => terminal.signal('SIGTERM')],
    ['Ctrl-C is pressed', (terminal: ReturnType<typeof atTerminal>) => terminal.type('\u0003')],
    ['Enter is pressed', (terminal: ReturnType<typeof atTerminal>) => terminal.type('\r')],
  ])('is taken off when %s', async (_what, end) => {
    const holder = clipboard()
    const terminal = await showingCode(holder)
    const code = await terminal.waitFor(/\d{3} \d{3}/)
    expect(holder.holds()).toBe(code.replace(' ', ''))
    await end(terminal)
    await expect.poll(holder.holds, SOON).toBe('')
  })

  test('is taken off when the terminal is closed while it is put there', async () => {
    const holder = clipboard(1)
    const terminal = await showingCode(holder)
    await expect.poll(holder.holds, SOON).toMatch(/^\d{6}$/)
    terminal.hangUp()
    await expect.poll(holder.holds, SOON).toBe('')
  })

  test('is taken off though a second signal comes at once', async () => {
    const holder = clipboard()
    const terminal = await showingCode(holder)
    await terminal.waitFor(/\d{3} \d{3}/)
    await terminal.signal('SIGTERM')
    await expect(async () => {
      for (;;) {
        await terminal.signal('SIGTERM')
        await pause(1)
      }
    }).rejects.toThrow('ESRCH')
    expect(holder.holds()).toBe('')
  })

  test('is not taken for what the person copied meanwhile', async () => {
    const holder = clipboard()
    const terminal = await showingCode(holder)
    await terminal.waitFor(/\d{3} \d{3}/)
    holder.fill('something of mine')
    terminal.type('\r')
    expect(await terminal.ended).toBe(0)
    expect(holder.holds()).toBe('something of mine')
  })
})
