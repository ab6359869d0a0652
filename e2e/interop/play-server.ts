import { spawn } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type House, openHouse } from '../browser/house.ts'
import { openVisitor } from './visitor.ts'
import { UNLOCK, type Walker, type WalkersToken, walk } from './walk.ts'
import { readNumber } from './whole.ts'

const PROGRAM = join(import.meta.dirname, 'foreign_token.py')
const PASSWORD = 'plum envelope under the northern stair'
const PIN = '493817'
const NEW_PIN = '604928'
const REPLACED = 'A code of the old key set'

type Answer = Readonly<Record<string, unknown>>
/** `copy`: another token with what this one holds now. */
type ForeignToken = WalkersToken & { readonly copy: () => ForeignToken }

/** A soft token of another make against the real server, through its pages. `python` runs it. @throws Error where the two differ */
export async function playServer(python: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-foreign-'))
  const house = await openHouse()
  try {
    await play(house, python, folder)
  } finally {
    await house.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Activated, signed in with, locked, unlocked; then a code that was used and a code of the old key set. */
async function play(house: House, python: string, folder: string): Promise<void> {
  const walker = openWalker(house, openForeignToken(python, join(folder, 'token.json'), PIN))
  const { enrolmentLink } = await house.json(['user', 'add', 'bob', '--email', 'bob@example.test'])
  await walker.eyes.open(String(enrolmentLink))
  await walk(walker, "You're all set")
  const used = await signInWith(walker, walker.token)
  hold((await typeCode(walker, used)).startsWith('This code was used already'), 'A code that was used')
  const before = walker.token.copy()
  walker.errand = 'unlock'
  await walker.eyes.open(`${house.login}/self-administration`)
  await walk(walker, UNLOCK)
  await walker.token.unlock(await walker.eyes.code('Unlock code'))
  await signInWith(walker, walker.token)
  hold((await typeCode(walker, await before.code())).startsWith('That code is not right'), REPLACED)
  hold(readNumber(house.data, `select count(*) n from audit_events where outcome = 'old-copy'`) === 1, `${REPLACED}, in the audit log,`)
}

/** Signs in in a browser of its own, to the page that wants both factors. Returns the code that opened it. */
async function signInWith(walker: Walker, token: WalkersToken): Promise<string> {
  let last = ''
  const code = async (): Promise<string> => {
    last = await token.code()
    return last
  }
  const elsewhere = { ...walker, eyes: openVisitor(), token: { ...token, code } }
  await elsewhere.eyes.open(`${walker.house.login}/account`)
  await walk(elsewhere, 'My account')
  return last
}

/** Types a code behind the right password, in a browser of its own. Returns what the page says against it. */
async function typeCode({ house, name, password }: Walker, code: string): Promise<string> {
  const eyes = openVisitor()
  await eyes.open(`${house.login}/account`)
  await eyes.fill('User name', name)
  await eyes.fill('Password', password)
  await eyes.press('Sign in')
  await eyes.fill('Security code', code)
  await eyes.press('Verify')
  return eyes.alert()
}

function hold(holds: boolean, what: string): void {
  if (!holds) throw new Error(`${what} is not answered as it should be`)
}

function openWalker(house: House, token: ForeignToken): Walker & { token: ForeignToken } {
  return {
    house,
    eyes: openVisitor(),
    token,
    name: 'bob',
    password: PASSWORD,
    errand: undefined,
    hoped: undefined,
    questions: new Map(),
    seen: undefined,
    activations: new Map(),
    links: new Set(),
    step: (_name, act) => act(),
  }
}

function openForeignToken(python: string, state: string, pin: string): ForeignToken {
  const run = (command: string, lines: readonly string[], more: readonly string[] = []): Promise<Answer> =>
    runProgram(python, [command, '--state', state, ...more], lines)
  let inUse = pin
  let registrationCode: string | undefined
  let shown = 0
  return {
    add: async (serial, activationCode) => {
      registrationCode ??= said(await run('activate', [activationCode, inUse], ['--serial', serial]), 'registrationCode')
      return registrationCode
    },
    code: async () => {
      shown += 1
      return said(await run('code', [inUse]), 'securityCode')
    },
    resetCode: async () => {
      for (const wrong of wrongPins()) if ((await run('code', [wrong]))['error'] === 'locked') break
      return said(await run('reset', []), 'pinResetCode')
    },
    unlock: async (unlockCode) => {
      inUse = NEW_PIN
      hold((await run('unlock', [unlockCode, inUse]))['unlocked'] === true, 'The unlock code')
    },
    shown: () => shown,
    copy: () => {
      copyFileSync(state, `${state}.copy`)
      return openForeignToken(python, `${state}.copy`, inUse)
    },
  }
}

/** One wrong PIN in sixteen is let through, and counts from the start again (STP-1, 4). */
function* wrongPins(): Generator<string> {
  for (let n = 0; n < 90; n += 1) yield String(730_184 + 1_357 * n)
}

function said(answer: Answer, name: string): string {
  const text = answer[name]
  if (typeof text !== 'string') throw new Error(`the token answers ${JSON.stringify(answer)}, without “${name}”`)
  return text
}

function runProgram(python: string, args: readonly string[], lines: readonly string[]): Promise<Answer> {
  const child = spawn(python, [PROGRAM, ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  child.stdin.on('error', () => undefined)
  child.stdin.end(lines.map((line) => `${line}\n`).join(''))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', () => (stdout === '' ? reject(new Error(stderr)) : resolve(JSON.parse(stdout))))
  })
}
