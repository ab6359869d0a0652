import type { Page } from 'playwright'
import { openBrowser } from '../browser/browser.ts'
import { type House, openHouse } from '../browser/house.ts'
import { type Oracle, openOracle } from './oracle.ts'

const PIN = '493817'
const NEW_PIN = '604928'
const MOST_WRONG = 90
const PROFILES = [
  { digits: 6, pinMinimum: 6 },
  { digits: 8, pinMinimum: 6 },
] as const

type Keys = { otpKey: string; unlockKey: string }

/** The app in a real browser, with the other implementation in the server's place: activation, codes, two unlocks. @throws Error where they differ */
export async function playApp(python: string, rounds: number): Promise<number> {
  const house = await openHouse()
  const browser = await openBrowser()
  const oracle = openOracle(python)
  let checks = 0
  try {
    for (let round = 0; round < rounds; round += 1) {
      const context = await browser.newContext({ locale: 'en-GB' })
      checks += await play(house, await context.newPage(), oracle, PROFILES[round % PROFILES.length] ?? PROFILES[0])
      await context.close()
    }
    return checks
  } finally {
    oracle.close()
    await browser.close()
    await house.close()
  }
}

async function play(house: House, page: Page, oracle: Oracle, profile: (typeof PROFILES)[number]): Promise<number> {
  const { serial, activationCode } = await oracle.ask('draw_activation', profile)
  await page.goto(house.token)
  await press(page, 'Add identity')
  await fill(page, 'Name', 'Work')
  await fill(page, 'Serial number', String(serial))
  await fill(page, 'Activation code', String(activationCode).toLowerCase())
  await press(page, 'Save')
  await choosePin(page, PIN)
  const registrationCode = await code(page, 'Registration code')
  const registered = await oracle.ask('registration_check', { serial, activationCode, registrationCode })
  hold(registered['valid'] === true, 'the registration code')
  await press(page, 'Done')
  await page.getByRole('dialog').getByRole('button', { name: 'Yes', exact: true }).click()
  let keys = keysOf(registered)
  await holdCode(page, oracle, keys, { pin: PIN, digits: profile.digits })
  for (const pin of [NEW_PIN, PIN]) {
    const pinResetCode = await lock(page)
    hold((await oracle.ask('reset_check', { serial, pinResetCode, unlockKey: keys.unlockKey }))['valid'] === true, 'the PIN reset code')
    const answer = await oracle.ask('unlock_code', { serial, pinResetCode, unlockKey: keys.unlockKey })
    await fill(page, 'Unlock code', String(answer['unlockCode']))
    await press(page, 'Unlock')
    await choosePin(page, pin)
    await press(page, 'Done')
    keys = keysOf(await oracle.ask('next_keys', { serial, pinResetCode, unlockKey: keys.unlockKey }))
    await holdCode(page, oracle, keys, { pin, digits: profile.digits })
  }
  return 6
}

async function holdCode(page: Page, oracle: Oracle, keys: Keys, { pin, digits }: { pin: string; digits: number }): Promise<void> {
  await fill(page, 'PIN', pin)
  await press(page, 'Show security code')
  const shown = await code(page, 'Security code')
  hold(shown.length === digits, 'the length of a security code')
  const found = await oracle.ask('find_step', { key: keys.otpKey, code: shown, time: Math.floor(Date.now() / 1000), digits })
  hold(typeof found['step'] === 'number', 'a security code')
  await press(page, 'Done')
}

/** One wrong PIN in sixteen is let through, and counts from the start again (STP-1, 4). */
async function lock(page: Page): Promise<string> {
  const [done, alert, locked] = [
    page.getByRole('button', { name: 'Done', exact: true }),
    page.getByRole('alert'),
    page.getByRole('heading', { name: 'Locked', exact: true }),
  ]
  for (let wrong = 0; wrong < MOST_WRONG; wrong += 1) {
    await page.getByRole('heading', { name: 'Enter your PIN', exact: true }).waitFor()
    await fill(page, 'PIN', String(730_184 + 1_357 * wrong))
    await press(page, 'Show security code')
    await done.or(alert).or(locked).first().waitFor()
    if (await locked.isVisible()) return code(page, 'PIN Reset Code')
    if (await done.isVisible()) await done.click()
  }
  throw new Error('the app does not lock')
}

const press = (page: Page, name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click()
const fill = (page: Page, label: string, text: string): Promise<void> => page.getByLabel(label, { exact: true }).fill(text)

async function code(page: Page, name: string): Promise<string> {
  return ((await page.getByRole('group', { name, exact: true }).textContent()) ?? '').replaceAll(/[\s-]/g, '')
}

async function choosePin(page: Page, pin: string): Promise<void> {
  await page.getByRole('heading', { name: 'Create a PIN' }).waitFor()
  await fill(page, 'PIN', pin)
  await fill(page, 'Repeat the PIN', pin)
  await press(page, 'Continue')
}

function keysOf(answer: Readonly<Record<string, unknown>>): Keys {
  return { otpKey: String(answer['otpKey']), unlockKey: String(answer['unlockKey']) }
}

function hold(holds: boolean, what: string): void {
  if (!holds) throw new Error(`${what} differs between the app and the second implementation`)
}
