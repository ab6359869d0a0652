import { printCode } from '@latchkey/protocol/codes/code'
import { printSerialNumber } from '@latchkey/protocol/codes/serial-number'
import type { IdentitySummary } from '@latchkey/soft-token/identity/list-identities'
import { labelled, standingOut } from '../terminal/output.ts'
import { placeOf } from '../vault-folder/platform-keys.ts'
import type { Answer } from './answer.ts'
import { unreadableRefusal, type Vault, type VaultContent } from './vault.ts'

/** `latchkey token details`: all that may be told without the PIN. */
export function details(vault: Vault, identity: IdentitySummary): Answer {
  return { ok: true, json: { ...objectOf(identity), vault: vault.folder }, lines: linesOf(vault, identity) }
}

/** `latchkey token list`: what can be read is shown even where something cannot; then it is a refusal all the same. */
export function list({ identities, unreadable }: VaultContent): Answer {
  const json = identities.map(objectOf)
  const lines = identities.map(({ serial, state, label }) => `${printSerialNumber(serial)}  ${state.padEnd(11)}  ${label}`)
  for (const { serial } of unreadable) lines.push(`${printSerialNumber(serial)}  unreadable`)
  const [broken] = unreadable
  if (broken !== undefined) {
    return { ok: false, refusal: unreadableRefusal(broken), beside: { json: { identities: json }, lines } }
  }
  return { ok: true, json, lines: lines.length > 0 ? lines : ['No identity yet. Begin with: latchkey token add NAME --serial SERIAL'] }
}

function objectOf(identity: IdentitySummary) {
  const { label, serial, state, profile, triesLeft, resetCode, registrationCode, createdAt, clockSetBackAt, keyId } = identity
  return {
    name: label,
    serialNumber: printSerialNumber(serial),
    state,
    digits: profile.digits,
    pinMinimum: profile.pinMinimum,
    triesLeft,
    pinResetCode: printCode(resetCode),
    ...(registrationCode === undefined ? {} : { registrationCode: printCode(registrationCode) }),
    sealingKey: placeOf(keyId),
    createdAt: new Date(createdAt).toISOString(),
    ...(clockSetBackAt === undefined ? {} : { clockSetBackAt: new Date(clockSetBackAt).toISOString() }),
  }
}

const SEALING_KEY = {
  file: 'in a file, mode 0600, and not in a keyring',
  keyring: "in the operating system's keyring",
} as const

function linesOf(vault: Vault, identity: IdentitySummary): string[] {
  const { clockSetBackAt, registrationCode } = identity
  return [
    labelled('Name', identity.label),
    labelled('Serial number', printSerialNumber(identity.serial)),
    labelled('State', `${identity.state}${identity.state === 'locked' ? '' : `, ${identity.triesLeft} PIN tries left`}`),
    ...(registrationCode === undefined ? [] : [labelled('Registration code', standingOut(printCode(registrationCode)))]),
    labelled('PIN reset code', standingOut(printCode(identity.resetCode))),
    labelled('Security codes', `${identity.profile.digits} digits`),
    labelled('PIN', `${identity.profile.pinMinimum} to 12 digits; to change it: latchkey token unlock`),
    labelled('Sealing key', SEALING_KEY[placeOf(identity.keyId)]),
    labelled('Added', new Date(identity.createdAt).toLocaleString()),
    ...(clockSetBackAt === undefined ? [] : [labelled('Clock', `was set back; noticed ${new Date(clockSetBackAt).toLocaleString()}`)]),
    labelled('Vault', vault.folder),
  ]
}
