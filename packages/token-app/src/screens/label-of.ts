import type { SerialNumber } from '@latchkey/protocol/codes/serial-number'
import type { Listing } from '../vault/vault.ts'

/** What the person calls this identity; its serial number where that is not known. */
export function labelOf({ identities, unreadable, lost }: Listing, serial: SerialNumber): string {
  return [...identities, ...unreadable, ...lost].find((one) => one.serial === serial)?.label ?? serial
}
