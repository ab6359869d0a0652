import { profileOfCode } from '@latchkey/protocol/activation/activation-code'
import { useEffect } from 'preact/hooks'
import type { Said } from '../texts/texts.ts'
import type { Desk } from './desk.ts'
import { PinForm, sayWeakPin } from './pin-form.tsx'
import type { Ready } from './place.ts'
import { sayRefusal } from './say-refusal.ts'

/** The PIN of a new identity. Nothing is stored before it is chosen (STP-1, 2). */
export function CreatePin({ desk, identity }: { desk: Desk; identity: Ready }) {
  const { pinMinimum } = profileOfCode(identity.code)
  const { label, serial, code, ticket } = identity
  const prefilled = { name: label, serial, code, ticket }
  useEffect(() => void desk.vault.warmUp(), [desk.vault])
  const add = async (pin: string): Promise<Said | undefined> => {
    const added = await desk.vault.add({ label, serial, code, pin })
    if (added.ok) {
      await desk.settle(() => ({ at: 'registration', serial, picture: added.picture, ticket }))
      return undefined
    }
    if (added.error === 'weak-pin') return sayWeakPin(added.reason, pinMinimum)
    if (added.error === 'name-taken' && added.takenBy === 'serial') return { text: 'add.serial-taken' }
    if (added.error === 'vault-damaged') return { text: 'add.damaged' }
    if (added.error !== 'name-taken') return sayRefusal(added)
    desk.go({ at: 'add', prefilled, nameTaken: true })
    return undefined
  }
  return <PinForm desk={desk} pinMinimum={pinMinimum} onPin={add} onBack={() => desk.go({ at: 'add', prefilled, nameTaken: false })} />
}
