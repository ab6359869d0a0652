import type { SerialNumber } from '@latchkey/protocol/codes/serial-number'
import { useEffect } from 'preact/hooks'
import { useHiddenForAMinute } from '../parts/use-hidden.ts'
import type { Said } from '../texts/texts.ts'
import type { Listing } from '../vault/vault.ts'
import type { Desk } from './desk.ts'
import { PinForm, sayWeakPin } from './pin-form.tsx'
import { type Place, placeOf } from './place.ts'
import { sayRefusal } from './say-refusal.ts'

/** The PIN after a right unlock code. The next key set waits in the vault's worker; leaving forgets it, and the unlock code stays good. */
export function NewPin({ desk, serial, pinMinimum }: { desk: Desk; serial: SerialNumber; pinMinimum: 6 | 8 }) {
  const { vault } = desk
  useEffect(() => {
    void vault.warmUp()
    return () => void vault.discardUnlock()
  }, [vault])
  const finish = async (pin: string): Promise<Said | undefined> => {
    const unlocked = await vault.finishUnlock(pin)
    if (unlocked.ok) {
      await desk.settle(() => ({ at: 'unlocked', serial, picture: unlocked.picture }))
      return undefined
    }
    if (unlocked.error === 'weak-pin') return sayWeakPin(unlocked.reason, pinMinimum)
    await desk.settle((listing) => placeOf(listing, serial), { kind: 'note', said: sayRefusal(unlocked) })
    return undefined
  }
  // The unlock code stays good, and is typed again where it was.
  useHiddenForAMinute(() => {
    const typeAgain = (listing: Listing): Place => {
      const place = placeOf(listing, serial)
      return place.at === 'pin' ? { at: 'locked', serial, asked: true } : place
    }
    void desk.settle(typeAgain, { kind: 'note', said: { text: 'unlock.gone' } })
  })
  return (
    <PinForm desk={desk} pinMinimum={pinMinimum} onPin={finish} onBack={() => void desk.settle((listing) => placeOf(listing, serial))} />
  )
}
