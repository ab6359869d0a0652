import { printCode } from '@latchkey/protocol/codes/code'
import type { IdentitySummary } from '@latchkey/soft-token/identity/list-identities'
import {
  beginUnlock,
  discardUnlock,
  type FinishRefusal,
  finishUnlock,
  type PendingUnlock,
} from '@latchkey/soft-token/identity/unlock-identity'
import { standingOut } from '../terminal/output.ts'
import type { Person } from '../terminal/person.ts'
import { sayPicture } from '../terminal/pictures.ts'
import { type Answer, askCode, codeRefusal, refuse } from './answer.ts'
import { askNewPin } from './choose-pin.ts'
import { linesOfPicture } from './code-lines.ts'
import { type Refusal, sayRefusal } from './refusals.ts'
import type { Vault } from './vault.ts'

/** `latchkey token unlock`: opens a locked identity, or changes the PIN of one that is not (STP-1, 5). */
export async function unlock(vault: Vault, person: Person, identity: IdentitySummary): Promise<Answer> {
  person.screen?.note(
    `${standingOut(printCode(identity.resetCode))}\n\nType it into the page that unlocks your soft token; it answers with the unlock code.`,
    'PIN reset code',
  )
  const pending = await enterUnlockCode(vault, person, identity)
  if ('refusal' in pending) return refuse(pending.refusal)
  const chosen = await choosingPin(person, pending, vault)
  if ('refusal' in chosen) {
    discardUnlock(pending)
    return refuse(chosen.refusal)
  }
  const unlocked = await finishUnlock(vault.platform, pending, chosen.pin).finally(() => discardUnlock(pending))
  if (!unlocked.ok) return refuse(refusalOf(unlocked, pending.profile.pinMinimum))
  await person.screen?.showLive({ linesAt: () => linesOfPicture(sayPicture(unlocked.picture, process.env)) })
  return {
    ok: true,
    json: { name: identity.label, unlocked: true },
    lines: [`${identity.label} is unlocked. Older copies of this token are worthless as soon as its next code is accepted.`],
  }
}

/** At a screen a wrong code may be mended at once, until the token makes the person wait. */
async function enterUnlockCode(vault: Vault, person: Person, identity: IdentitySummary): Promise<PendingUnlock | { refusal: Refusal }> {
  for (;;) {
    const typed = await askCode(person, 'unlock', identity.serial, 'Unlock code')
    if (!typed.ok) return { refusal: codeRefusal('unlock code', typed) }
    const pending = await beginUnlock(vault.platform, identity.serial, typed.code)
    if (pending.ok) return pending
    if (pending.error !== 'wrong-unlock-code' || person.screen === undefined) return { refusal: pending }
    person.screen.warn(sayRefusal(pending))
  }
}

/** Keys are in memory while the person thinks: leaving the question forgets them. */
async function choosingPin(person: Person, pending: PendingUnlock, vault: Vault): Promise<{ pin: string } | { refusal: Refusal }> {
  try {
    return await askNewPin(person, pending.profile.pinMinimum, vault.platform.draw)
  } catch (error) {
    discardUnlock(pending)
    throw error
  }
}

function refusalOf(refused: FinishRefusal, minimum: number): Refusal {
  return refused.error === 'weak-pin' ? { ...refused, minimum } : refused
}
