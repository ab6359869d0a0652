/** Why a PIN may not be chosen (STP-1, 4). Nothing else is refused. */
export type PinRefusal = 'length' | 'repeat' | 'run' | 'date'

const MAXIMUM = 12
const DIGITS = /^[0-9]+$/

/** Whether an entry has the form of a PIN: one that has not is neither judged nor counted. */
export function hasPinForm(pin: string, minimum: 6 | 8): boolean {
  return pin.length >= minimum && pin.length <= MAXIMUM && DIGITS.test(pin)
}

/** The first reason against choosing this PIN, undefined if there is none (STP-1, 4). */
export function pinRefusal(pin: string, minimum: 6 | 8): PinRefusal | undefined {
  if (!hasPinForm(pin, minimum)) return 'length'
  if (isRepeat(pin)) return 'repeat'
  if (isRun(pin, 1) || isRun(pin, 9)) return 'run'
  if (isDate(pin)) return 'date'
  return undefined
}

/** The whole is two or more copies of a shorter string. */
function isRepeat(pin: string): boolean {
  return `${pin}${pin}`.indexOf(pin, 1) < pin.length
}

/** Each digit is the one before plus `difference`, modulo 10: 1 counts up, 9 counts down. */
function isRun(pin: string, difference: number): boolean {
  return Array.from(pin, Number).every((digit, index, digits) => index === 0 || digit === ((digits[index - 1] ?? 0) + difference) % 10)
}

const DAY = '(0[1-9]|[12][0-9]|3[01])'
const MONTH = '(0[1-9]|1[0-2])'
const SHORT_DATE = new RegExp(`^(${DAY}${MONTH}..|${MONTH}${DAY}..|..${MONTH}${DAY})$`)
const LONG_DATE = new RegExp(`^(${DAY}${MONTH}(19|20)..|${MONTH}${DAY}(19|20)..|(19|20)..${MONTH}${DAY})$`)

function isDate(pin: string): boolean {
  return SHORT_DATE.test(pin) || LONG_DATE.test(pin)
}
