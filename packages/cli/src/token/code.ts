import { setTimeout as pause } from 'node:timers/promises'
import { printCode } from '@latchkey/protocol/codes/code'
import { confirmRegistration } from '@latchkey/soft-token/identity/change-identity'
import type { IdentitySummary } from '@latchkey/soft-token/identity/list-identities'
import { type CodeRefusal, giveStepBack, type ShownCode, showCode } from '@latchkey/soft-token/identity/show-code'
import { copy, whileCopied } from '../terminal/clipboard.ts'
import { type Ending, listenForEnding } from '../terminal/ending.ts'
import { labelled, standingOut } from '../terminal/output.ts'
import type { Person, Screen } from '../terminal/person.ts'
import { type Answer, askPin, refuse } from './answer.ts'
import { linesOfCode, linesOfWait } from './code-lines.ts'
import { type Refusal, sayRefusal } from './refusals.ts'
import type { Vault } from './vault.ts'

const CLOCK_SET_BACK = 'The clock of this machine was set back. If codes are refused, set it right.'
const NO_CLIPBOARD = 'No clipboard can be reached.'

export type CodeOptions = { copy: boolean }

/** `latchkey token code`: one entry of the PIN gives one security code (STP-1, 3). */
export async function code(vault: Vault, person: Person, identity: IdentitySummary, options: CodeOptions): Promise<Answer> {
  if (identity.state === 'locked') return refuse({ error: 'locked', pinResetCode: printCode(identity.resetCode) })
  const { screen } = person
  return screen === undefined ? inPipe(vault, person, identity, options) : onScreen(vault, person, screen, identity, options)
}

/** Before it is registered, a token's codes are good for nothing, and the registration code is what the person needs. */
async function askWhetherRegistered(vault: Vault, screen: Screen, identity: IdentitySummary): Promise<Answer | undefined> {
  const { registrationCode } = identity
  if (registrationCode === undefined) return undefined
  const printed = printCode(registrationCode)
  if (await screen.askYesNo(`Is the registration code ${printed} registered?`, true)) {
    await confirmRegistration(vault.platform, identity.serial, registrationCode)
    return undefined
  }
  return {
    ok: true,
    json: {},
    lines: [labelled('Registration code', standingOut(printed)), 'Type it into the page that showed the activation code.'],
  }
}

/** At a screen a wrong PIN may be mended at once. */
async function enterPin(
  vault: Vault,
  person: Person,
  screen: Screen,
  identity: IdentitySummary,
): Promise<ShownCode | { refusal: Refusal }> {
  const { pinMinimum } = identity.profile
  for (;;) {
    const shown = await showCode(vault.platform, identity.serial, await askPin(person, pinMinimum))
    if (shown.ok) return shown
    const refusal = refusalOf(shown, pinMinimum)
    if (refusal.error !== 'wrong-pin') return { refusal }
    screen.warn(sayRefusal(refusal))
  }
}

function refusalOf(refused: CodeRefusal, minimum: number): Refusal {
  if (refused.error === 'length') return { error: 'length', field: 'PIN', minimum }
  if (refused.error === 'locked') return { error: 'locked', pinResetCode: printCode(refused.resetCode) }
  return refused
}

/** In a pipe each command is one try, and asks nothing but the PIN. */
async function inPipe(vault: Vault, person: Person, identity: IdentitySummary, options: CodeOptions): Promise<Answer> {
  const pin = await askPin(person, identity.profile.pinMinimum)
  // From before a step is taken: whoever ends the process gets no code, and loses none.
  const ending = listenForEnding()
  try {
    const shown = await showCode(vault.platform, identity.serial, pin)
    if (!shown.ok) return refuse(refusalOf(shown, identity.profile.pinMinimum))
    // Whoever asks for a code has registered: the registration code is not needed any more (journeys, G).
    if (identity.registrationCode !== undefined) await confirmRegistration(vault.platform, identity.serial, identity.registrationCode)
    if (await waitedFor(shown.shownFrom - vault.platform.now(), ending)) return answerOf(shown, vault.platform.now(), options)
    await giveStepBack(vault.platform, identity.serial, shown)
    return refuse({ error: 'left' })
  } finally {
    ending.close()
  }
}

async function answerOf(shown: ShownCode, now: number, options: CodeOptions): Promise<Answer> {
  const validForSeconds = Math.max(0, Math.floor((shown.shownUntil - now) / 1000))
  const lines = [shown.code]
  if (shown.clockSetBack) lines.push(CLOCK_SET_BACK)
  if (options.copy && !(await copy(shown.code))) lines.push(NO_CLIPBOARD)
  const clockSetBack = shown.clockSetBack ? { clockSetBack: true } : {}
  return { ok: true, json: { securityCode: shown.code, validForSeconds, ...clockSetBack }, lines }
}

/** Whether the wait was over by itself. */
async function waitedFor(ms: number, ending: Ending): Promise<boolean> {
  if (ms > 0) await Promise.race([ending.asked, pause(ms)])
  return !ending.isAsked()
}

async function onScreen(vault: Vault, person: Person, screen: Screen, identity: IdentitySummary, options: CodeOptions): Promise<Answer> {
  const unregistered = await askWhetherRegistered(vault, screen, identity)
  if (unregistered !== undefined) return unregistered
  const shown = await enterPin(vault, person, screen, identity)
  if ('refusal' in shown) return refuse(shown.refusal)
  const done: Answer = { ok: true, json: {}, lines: [] }
  if (shown.clockSetBack) screen.warn(CLOCK_SET_BACK)
  if (!(await screen.showLive({ linesAt: (now) => linesOfWait(identity.label, shown, now) }))) {
    await giveStepBack(vault.platform, identity.serial, shown)
    return { ...done, lines: ['Not shown; the next entry of the PIN gives this code.'] }
  }
  const view = (note?: string) => screen.showLive({ linesAt: (now) => linesOfCode(identity.label, shown, note, now) })
  if (options.copy) await whileCopied(shown.code, (copied) => view(copied ? 'Copied to the clipboard.' : NO_CLIPBOARD))
  else await view()
  return done
}
