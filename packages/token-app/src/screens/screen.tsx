import type { SerialNumber } from '@latchkey/protocol/codes/serial-number'
import type { IdentitySummary } from '@latchkey/soft-token/identity/list-identities'
import type { Message } from '../parts/sheet.tsx'
import { AddIdentity } from './add-identity.tsx'
import { CodeScreen } from './code.tsx'
import { CreatePin } from './create-pin.tsx'
import type { Desk } from './desk.ts'
import { Details } from './details.tsx'
import { Elsewhere } from './elsewhere.tsx'
import { EnterPin } from './enter-pin.tsx'
import { Lost, Unreadable } from './gone.tsx'
import { Identities } from './identities.tsx'
import { Locked } from './locked.tsx'
import { NewPin } from './new-pin.tsx'
import type { Place } from './place.ts'
import { Registration } from './registration.tsx'
import { Rename } from './rename.tsx'
import { Scan } from './scan.tsx'
import { Ticket } from './ticket.tsx'
import { Unlocked } from './unlocked.tsx'

type Props = { place: Place; desk: Desk; message: Message | undefined; install: (() => void) | undefined }

/** The screen of a place. */
export function Screen({ place, desk, message, install }: Props) {
  const list = <Identities desk={desk} message={message} install={install} />
  const identityOf = (serial: SerialNumber): IdentitySummary | undefined => desk.listing.identities.find((one) => one.serial === serial)
  switch (place.at) {
    case 'identities':
      return list
    case 'elsewhere':
      return <Elsewhere desk={desk} ticket={place.ticket} />
    case 'ticket':
      return <Ticket desk={desk} ticket={place.ticket} />
    case 'add':
      return <AddIdentity desk={desk} prefilled={place.prefilled} nameTaken={place.nameTaken} />
    case 'scan':
      return <Scan desk={desk} />
    case 'create-pin':
      return <CreatePin desk={desk} identity={place.identity} />
    case 'new-pin':
      return <NewPin desk={desk} serial={place.serial} pinMinimum={place.pinMinimum} />
    case 'unlocked':
      return <Unlocked desk={desk} serial={place.serial} picture={place.picture} />
    case 'lost':
      return <Lost desk={desk} serial={place.serial} />
    case 'unreadable':
      return <Unreadable desk={desk} serial={place.serial} />
    default: {
      const identity = identityOf(place.serial)
      return identity === undefined ? list : <OfIdentity place={place} identity={identity} desk={desk} message={message} />
    }
  }
}

type OfIdentityProps = {
  place: Extract<Place, { at: 'registration' | 'pin' | 'code' | 'locked' | 'rename' | 'details' }>
  identity: IdentitySummary
  desk: Desk
  message: Message | undefined
}

function OfIdentity({ place, identity, desk, message }: OfIdentityProps) {
  switch (place.at) {
    case 'registration':
      return <Registration desk={desk} identity={identity} picture={place.picture} ticket={place.ticket} />
    case 'pin':
      return <EnterPin desk={desk} identity={identity} message={message} />
    case 'code':
      return <CodeScreen desk={desk} identity={identity} shown={place.shown} />
    case 'locked':
      return <Locked desk={desk} identity={identity} asked={place.asked} message={message} />
    case 'rename':
      return <Rename desk={desk} identity={identity} />
    case 'details':
      return <Details desk={desk} identity={identity} />
  }
}
