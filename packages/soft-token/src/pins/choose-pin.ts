import type { DrawBytes } from '@latchkey/protocol/codes/randomness'
import { drawDigits } from '@latchkey/protocol/codes/serial-number'
import { pinRefusal } from './pin-refusal.ts'

/** `Choose a PIN for me`: uniform among the PINs of that many digits that may be chosen. */
export function choosePin(minimum: 6 | 8, draw: DrawBytes): string {
  const pin = drawDigits(draw, minimum)
  return pinRefusal(pin, minimum) === undefined ? pin : choosePin(minimum, draw)
}
