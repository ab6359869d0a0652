import type { Page } from 'playwright'
import type { House } from './house.ts'
import { beginEnrolment, fill, PIN, press, readCode, see } from './person.ts'
import { createPin } from './phone.ts'

type Look = (name: string) => Promise<void>
/** `desk` is at the site, `phone` at the soft token. */
export type AppTour = { house: House; desk: Page; phone: Page; look: Look }

const NAME = 'erin'
const NO_TICKET = 'AAAAAAAAAAAAAAAAAAAAAA'

/** Every screen of the soft token, each refusal as a person meets it. */
export async function appTour(at: AppTour): Promise<void> {
  await links(at)
  await adding(at)
  await everyday(at)
  await identity(at)
  await unlocking(at)
}

async function links({ house, phone, look }: AppTour): Promise<void> {
  await phone.goto(house.token)
  await see(phone, 'No identity yet')
  await look('app, no identity')
  await press(phone, 'Scan')
  await look('app, scan, refused')
  await press(phone, 'Back')
  await phone.goto(`${house.token}/#/activate?ticket=${NO_TICKET}`)
  await look('app, ticket, refused')
  await press(phone, 'Back')
  await phone.goto('about:blank')
  await phone.goto(`${house.token}/#/activate?ticket=half`)
  await see(phone, 'No identity yet')
  await look('app, half a link, refused')
}

async function adding({ house, desk, phone, look }: AppTour): Promise<void> {
  await beginEnrolment(house, desk, NAME)
  await see(desk, 'Soft token identity')
  const serial = await readCode(desk, 'Serial number')
  const code = await readCode(desk, 'Activation code')
  await phone.reload()
  await press(phone, 'Add identity')
  await look('app, add')
  await fill(phone, 'Name', '')
  await press(phone, 'Save')
  await look('app, add, refused')
  await fill(phone, 'Name', 'Work')
  await fill(phone, 'Serial number', serial)
  await fill(phone, 'Activation code', `${code.slice(0, -1)}U`)
  await look('app, add, mistyped')
  await press(phone, 'Save')
  await look('app, add, mistyped, refused')
  await fill(phone, 'Activation code', code)
  await look('app, add, typed right')
  await press(phone, 'Save')
  await see(phone, 'Create a PIN')
  await look('app, PIN')
  await fill(phone, 'PIN', '123456')
  await fill(phone, 'Repeat the PIN', '123456')
  await press(phone, 'Continue')
  await look('app, PIN, refused')
  await press(phone, 'Choose a PIN for me')
  await phone.getByRole('group', { name: 'Your PIN', exact: true }).waitFor()
  await look('app, PIN, chosen')
  await createPin(phone)
  await see(phone, 'Registration code')
  await look('app, registration')
  await press(desk, 'Next')
  await desk.getByRole('textbox', { name: 'Registration code', exact: true }).fill(await readCode(phone, 'Registration code'))
  await press(desk, 'Next')
  await press(phone, 'Done')
  await phone.getByRole('dialog').waitFor()
  await look('app, registration, asked')
  await phone.getByRole('dialog').getByRole('button', { name: 'Yes', exact: true }).click()
  await see(phone, 'Enter your PIN')
  await look('app, ready')
}

const MOST_CODES = 10

async function everyday({ phone, look }: AppTour): Promise<void> {
  await phone.reload()
  await see(phone, 'Enter your PIN')
  await look('app, PIN asked')
  await fill(phone, 'PIN', '12')
  await press(phone, 'Show security code')
  await look('app, PIN asked, refused')
  const enter = async (): Promise<void> => {
    await fill(phone, 'PIN', PIN)
    await press(phone, 'Show security code')
    await see(phone, 'Work')
  }
  await enter()
  await look('app, code')
  // Each time it is the code of a later step, until it is one whose time has not come: how many that takes depends on how long they took.
  const waiting = phone.getByText(/The next code comes in/)
  for (let more = 0; more < MOST_CODES && !(await waiting.isVisible()); more += 1) {
    await press(phone, 'Done')
    await enter()
  }
  await waiting.waitFor()
  await look('app, code, waiting')
  await press(phone, 'Done')
}

async function identity({ phone, look }: AppTour): Promise<void> {
  const menu = async (item: string): Promise<void> => {
    await press(phone, 'Menu')
    await phone.getByRole('menuitem', { name: item, exact: true }).click()
  }
  await press(phone, 'Menu')
  await phone.getByRole('menuitem', { name: 'Details' }).waitFor()
  await look('app, menu')
  await phone.keyboard.press('Escape')
  await menu('Details')
  await phone.getByText('Right, to a few seconds').waitFor()
  await look('app, details')
  await press(phone, 'Back')
  await menu('Rename')
  await look('app, rename')
  await press(phone, 'Back')
  await menu('Delete')
  await look('app, delete')
  await press(phone, 'Cancel')
  await press(phone, 'All identities')
  await look('app, identities')
  await phone.getByRole('button', { name: 'Work', exact: true }).click()
}

async function unlocking({ phone, look }: AppTour): Promise<void> {
  await press(phone, "I've forgotten my PIN")
  await look('app, locked')
  await fill(phone, 'Unlock code', 'AAAA')
  await press(phone, 'Unlock')
  await look('app, locked, refused')
}
