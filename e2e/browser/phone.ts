import type { Browser, BrowserContext, Page } from 'playwright'
import { expect } from 'vitest'
import { fill, PIN, press, readCode, refused, see } from './person.ts'

/** A phone's window, with a profile of its own: the soft token in it. */
export async function openPhone(browser: Browser): Promise<{ context: BrowserContext; phone: Page }> {
  const context = await browser.newContext({
    viewport: { width: 390, height: 844 },
    deviceScaleFactor: 2,
    hasTouch: true,
    isMobile: true,
    locale: 'en-GB',
  })
  context.setDefaultTimeout(20_000)
  return { context, phone: await context.newPage() }
}

export async function createPin(phone: Page, pin = PIN): Promise<void> {
  await see(phone, 'Create a PIN')
  await fill(phone, 'PIN', pin)
  await fill(phone, 'Repeat the PIN', pin)
  await press(phone, 'Continue')
}

/** C8 to C10: both codes typed, a PIN, the registration code. */
export async function addByTyping(phone: Page, name: string, codes: { serial: string; code: string }): Promise<string> {
  await press(phone, 'Add identity')
  await see(phone, 'Add identity')
  await fill(phone, 'Name', name)
  await fill(phone, 'Serial number', codes.serial)
  await fill(phone, 'Activation code', codes.code)
  await press(phone, 'Save')
  await createPin(phone)
  await see(phone, 'Registration code')
  return readCode(phone, 'Registration code')
}

/** The same from a link or a QR code, which carry a ticket: the app hands the registration code in. */
export async function addByLink(phone: Page, name: string): Promise<string> {
  await see(phone, 'Add identity')
  await fill(phone, 'Name', name)
  await press(phone, 'Save')
  await createPin(phone)
  await see(phone, 'Registration code')
  await phone.getByText('The site has it.').waitFor()
  return readCode(phone, 'Registration code')
}

export async function sayRegistered(phone: Page): Promise<void> {
  await press(phone, 'Done')
  const dialog = phone.getByRole('dialog', { name: 'Is the code registered?' })
  await dialog.getByRole('button', { name: 'Yes', exact: true }).click()
  await see(phone, 'Enter your PIN')
}

/** E: one PIN, one code. */
export async function codeOf(phone: Page, pin = PIN): Promise<string> {
  await fill(phone, 'PIN', pin)
  await press(phone, 'Show security code')
  const code = await readCode(phone, 'Security code')
  await press(phone, 'Done')
  return code
}

const MOST_WRONG = 60

/** Wrong PINs until the app is locked: one in sixteen is let through, and the count begins again (STP-1, 4). */
export async function lockApp(phone: Page): Promise<string> {
  for (let wrong = 0; wrong < MOST_WRONG; wrong += 1) {
    await fill(phone, 'PIN', String(730_184 + 1_357 * wrong))
    await press(phone, 'Show security code')
    const done = phone.getByRole('button', { name: 'Done', exact: true })
    const locked = phone.getByRole('heading', { name: 'Locked', exact: true })
    const alert = phone.getByRole('alert')
    await done.or(locked).or(alert).first().waitFor()
    if (await locked.isVisible()) return readCode(phone, 'PIN Reset Code')
    if (await done.isVisible()) await done.click()
    else expect(await refused(phone)).toMatch(/^Wrong PIN\. /)
    await see(phone, 'Enter your PIN')
  }
  throw new Error('the app does not lock')
}
