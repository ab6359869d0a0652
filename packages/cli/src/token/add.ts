import { profileOfCode } from '@latchkey/protocol/activation/activation-code'
import { type Code, printCode } from '@latchkey/protocol/codes/code'
import { parseSerialNumber, printSerialNumber, type SerialNumber } from '@latchkey/protocol/codes/serial-number'
import { addIdentity } from '@latchkey/soft-token/identity/add-identity'
import { confirmRegistration } from '@latchkey/soft-token/identity/change-identity'
import { labelled, standingOut } from '../terminal/output.ts'
import { Cancelled, type Person, type Screen } from '../terminal/person.ts'
import { sayPicture } from '../terminal/pictures.ts'
import { type Answer, askCode, codeRefusal, refuse } from './answer.ts'
import { askNewPin } from './choose-pin.ts'
import { linesOfPicture } from './code-lines.ts'
import { contentOf, type Vault } from './vault.ts'

/** `latchkey token add NAME --serial S`: activates an identity (STP-1, 2). `label` has passed `nameOf`. */
export async function add(vault: Vault, person: Person, label: string, typedSerial: string): Promise<Answer> {
  const read = parseSerialNumber(typedSerial)
  if (!read.ok) return refuse(read.error === 'serial' ? { error: 'serial' } : { error: 'symbol', at: read.at, field: 'serial number' })
  const serialNumber = printSerialNumber(read.serial)
  const taken = await takenAlready(vault, label, read.serial)
  if (taken !== undefined) return refuse({ error: 'name-taken', takenBy: taken })
  const code = await askCode(person, 'activation', read.serial, `Activation code for ${serialNumber}`)
  if (!code.ok) return refuse(codeRefusal('activation code', code))
  const minimum = profileOfCode(code.code).pinMinimum
  const chosen = await askNewPin(person, minimum, vault.platform.draw)
  if ('refusal' in chosen) return refuse(chosen.refusal)
  const added = await addIdentity(vault.platform, { label, serial: read.serial, code: code.code, pin: chosen.pin })
  if (!added.ok) return refuse(added.error === 'weak-pin' ? { ...added, minimum } : added)
  const registrationCode = printCode(added.registrationCode)
  const json = { name: label, serialNumber, registrationCode }
  if (person.screen === undefined) return { ok: true, json, lines: [labelled('Registration code', registrationCode)] }
  const picture = sayPicture(added.picture, process.env)
  return {
    ok: true,
    json,
    lines: await seeRegistered(vault, person.screen, read.serial, label, { code: added.registrationCode, registrationCode, picture }),
  }
}

/** Asked before the codes are typed, so that nobody types them for nothing. */
async function takenAlready(vault: Vault, label: string, serial: SerialNumber): Promise<'name' | 'serial' | undefined> {
  const { identities, unreadable } = await contentOf(vault)
  if ([...identities, ...unreadable].some((identity) => identity.serial === serial)) return 'serial'
  return identities.some((identity) => identity.label === label) ? 'name' : undefined
}

/** Whoever leaves here has not said so; what is done is done. */
async function isRegistered(screen: Screen): Promise<boolean> {
  try {
    return await screen.askYesNo('Is the code registered?', true)
  } catch (error) {
    if (error instanceof Cancelled) return false
    throw error
  }
}

/** The registration code stays in the vault until the person says that it is registered: closing the window loses nothing. */
async function seeRegistered(
  vault: Vault,
  screen: Screen,
  serial: SerialNumber,
  label: string,
  shown: { code: Code<'registration'>; registrationCode: string; picture: string },
): Promise<string[]> {
  screen.note(`${standingOut(shown.registrationCode)}\n\nType it into the page that showed the activation code.`, 'Registration code')
  await screen.showLive({ linesAt: () => linesOfPicture(shown.picture) })
  if (await isRegistered(screen)) {
    await confirmRegistration(vault.platform, serial, shown.code)
    return [`${label} is ready. A security code: latchkey token code`]
  }
  return ['The registration code is kept until you have registered it. See it again: latchkey token details']
}
