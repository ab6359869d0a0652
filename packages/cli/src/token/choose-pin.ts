import type { DrawBytes } from '@latchkey/protocol/codes/randomness'
import { choosePin } from '@latchkey/soft-token/pins/choose-pin'
import { pinRefusal } from '@latchkey/soft-token/pins/pin-refusal'
import { standingOut } from '../terminal/output.ts'
import type { Person } from '../terminal/person.ts'
import { type Refusal, sayRefusal } from './refusals.ts'

/**
 * Asks for a new PIN, twice; at a screen, until both are the same, and with the offer to choose one: people do not draw at random,
 * and a thief counts on that (STP-1, 4). The first is judged before the second is asked for.
 */
export async function askNewPin(person: Person, minimum: 6 | 8, draw: DrawBytes): Promise<{ pin: string } | { refusal: Refusal }> {
  await offerPin(person, minimum, draw)
  const check = (typed: string): string | undefined => {
    const reason = pinRefusal(typed, minimum)
    return reason === undefined ? undefined : sayRefusal({ error: 'weak-pin', reason, minimum })
  }
  const pin = await person.askSecret('New PIN', check)
  const reason = pinRefusal(pin, minimum)
  if (reason !== undefined) return { refusal: { error: 'weak-pin', reason, minimum } }
  const again = await person.askSecret('Repeat the PIN', (typed) => (typed === pin ? undefined : sayRefusal({ error: 'pins-differ' })))
  return pin === again ? { pin } : { refusal: { error: 'pins-differ' } }
}

async function offerPin({ screen }: Person, minimum: 6 | 8, draw: DrawBytes): Promise<void> {
  if (screen === undefined) return
  const way = await screen.askWhich('Create a PIN', [
    { value: 'own', label: 'I have one in mind', hint: `${minimum} to 12 digits; no date, no row, no repetition` },
    { value: 'choose', label: 'Choose a PIN for me', hint: 'harder to guess than one that people think of' },
  ])
  if (way !== 'choose') return
  const lines = {
    above: ['', '  Your PIN', ''],
    core: `  ${standingOut(choosePin(minimum, draw))}`,
    below: ['', '  Learn it now: it is shown once. Enter: I know it', ''],
  }
  await screen.showLive({ linesAt: () => lines })
}
