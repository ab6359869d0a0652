import type { Suspect } from '@latchkey/protocol/codes/check-symbols'
import type { PinRefusal } from '@latchkey/soft-token/pins/pin-refusal'

/** Everything that a token command can say no with. Field names are an interface: `--json` prints them. */
export type Refusal =
  | { error: 'typing'; suspect: Suspect; field: CodeField }
  | { error: 'symbol'; at: number; field: CodeField | 'serial number' }
  | { error: 'length'; field: CodeField; length: number; expected: number }
  | { error: 'length'; field: 'PIN'; minimum: number }
  | { error: 'profile' }
  | { error: 'serial' }
  | { error: 'weak-pin'; reason: PinRefusal; minimum: number }
  | { error: 'pins-differ' }
  | { error: 'wrong-pin'; triesLeft: number }
  | { error: 'locked'; pinResetCode: string }
  | { error: 'wrong-unlock-code' }
  | { error: 'wait'; seconds: number }
  | { error: 'changed' }
  | { error: 'name-taken'; takenBy: 'name' | 'serial' }
  | { error: 'no-such-identity' }
  | { error: 'vault-newer' | 'vault-damaged'; serialNumber?: string }
  | { error: 'storage'; reason: string; serialNumber?: string }
  | { error: 'left' }

export type CodeField = 'activation code' | 'unlock code'

/** What `--json` prints of a refusal: the fields that programs may count on (journeys, G), and no more. */
export function objectOfRefusal(refusal: Refusal): object {
  const { error } = refusal
  switch (error) {
    case 'typing':
      return { error, suspect: refusal.suspect }
    case 'symbol':
      return { error, at: refusal.at }
    case 'weak-pin':
      return { error, reason: refusal.reason }
    case 'wrong-pin':
      return { error, triesLeft: refusal.triesLeft }
    case 'locked':
      return { error, pinResetCode: refusal.pinResetCode }
    case 'wait':
      return { error, seconds: refusal.seconds }
    default:
      return { error }
  }
}

/** One line for a person: what happened, and what to do. */
export function sayRefusal(refusal: Refusal): string {
  switch (refusal.error) {
    case 'typing':
      return `This ${refusal.field} does not fit: something is mistyped. ${saySuspect(refusal.suspect)}`
    case 'symbol':
      return `Character ${refusal.at + 1} of the ${refusal.field} is none that a code can have. Type letters and digits as they are shown.`
    case 'length':
      return sayLength(refusal)
    case 'profile':
      return 'This activation code asks for something that this version does not know. Update Latchkey, then type the code again.'
    case 'serial':
      return 'A serial number has ten digits, such as 04829-15736. Look at it again.'
    case 'weak-pin':
      return `${WEAK_PIN[refusal.reason](refusal.minimum)} Choose another.`
    case 'pins-differ':
      return 'The two PINs differ. Nothing was stored; enter the PIN twice again.'
    case 'wrong-pin':
      return `Wrong PIN. ${refusal.triesLeft === 1 ? 'One try is' : `${refusal.triesLeft} tries are`} left.`
    case 'locked':
      return `Locked after five wrong PINs; nothing is lost. Enter the PIN reset code ${refusal.pinResetCode} in self-administration, then run: latchkey token unlock`
    case 'wrong-unlock-code':
      return 'This is not the unlock code for the PIN reset code that the token shows now. Get one for that, then try again.'
    case 'wait':
      return `Too many wrong unlock codes. The next one is taken in ${sayDuration(refusal.seconds)}.`
    case 'changed':
      return 'This identity was unlocked in another window meanwhile. Nothing was changed here; use the PIN chosen there.'
    case 'name-taken':
      return refusal.takenBy === 'name'
        ? 'There is an identity of this name. Choose another name, or remove that one first.'
        : 'This serial number is in the vault already. Ask for new codes, or remove that identity first.'
    case 'no-such-identity':
      return 'There is no such identity. See: latchkey token list'
    case 'vault-newer':
      return `${fileOf(refusal, 'A file of the vault')} was written by a newer version of Latchkey. Update Latchkey; the file was left as it is.`
    case 'vault-damaged':
      return `${fileOf(refusal, 'A file of the vault')} is damaged, or its key is gone; it was left as it is. Restore it; or re-create the token in self-administration, then remove this one by its serial number.`
    case 'left':
      return 'Left. What was asked for was not done.'
    case 'storage':
      return `${fileOf(refusal, 'The vault')} cannot be written or read: ${refusal.reason}. Mend that, then try again.`
  }
}

function sayLength(refusal: Extract<Refusal, { error: 'length' }>): string {
  if (refusal.field === 'PIN') return `A PIN is ${refusal.minimum} to 12 digits. This was not judged and not counted.`
  const missing = refusal.expected - refusal.length
  const difference = missing > 0 ? `${missing} ${missing === 1 ? 'is' : 'are'} missing` : `${-missing} too many`
  return `The ${refusal.field} has ${refusal.expected} characters; here are ${refusal.length}: ${difference}.`
}

const ORDINALS = ['first', 'second', 'third', 'fourth', 'fifth']
const GROUP = 4
const SERIAL_GROUP = 5

/** A hint where to look, never a correction (STP-1, 1). */
function saySuspect(suspect: Suspect): string {
  if (suspect === 'kind') return 'It is the other code of that length: look which one is asked for.'
  if (suspect === 'unknown') return 'Compare it with what is shown, character by character; the serial number too.'
  if ('symbol' in suspect) {
    const group = ORDINALS[Math.floor(suspect.symbol / GROUP)] ?? ''
    return `Look at the ${group} group, perhaps at its ${ORDINALS[suspect.symbol % GROUP]} character.`
  }
  const half = ORDINALS[Math.floor(suspect.serialDigit / SERIAL_GROUP)] ?? ''
  return `Look at the serial number, ${half} group, perhaps at its ${ORDINALS[suspect.serialDigit % SERIAL_GROUP]} digit.`
}

const WEAK_PIN: Readonly<Record<PinRefusal, (minimum: number) => string>> = {
  length: (minimum) => `A PIN is ${minimum} to 12 digits.`,
  repeat: () => 'This PIN repeats itself, which is easily guessed.',
  run: () => 'This PIN counts up or down, which is easily guessed.',
  date: () => 'This PIN is a date, which is easily guessed.',
}

function fileOf(refusal: { serialNumber?: string }, otherwise: string): string {
  return refusal.serialNumber === undefined ? otherwise : `The identity with serial number ${refusal.serialNumber}`
}

function sayDuration(seconds: number): string {
  return seconds < 120 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`
}
