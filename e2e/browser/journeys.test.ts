import type { Browser, Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeDatabase } from '../../packages/server/test/world.ts'
import { openBrowser, openProfile } from './browser.ts'
import { type House, openHouse } from './house.ts'
import {
  activate,
  answerChallenge,
  enrol,
  enterSelfAdministration,
  fill,
  follow,
  lock,
  PASSWORD,
  PIN,
  press,
  readCode,
  refused,
  securityCode,
  see,
  signIn,
} from './person.ts'

/** A person goes through the whole life of a token, in a real browser with the terminal's soft token beside it. */
describe.each([
  ['with script', { script: true, postgres: false }],
  ['without script', { script: false, postgres: false }],
  ['without script, on PostgreSQL', { script: false, postgres: true }],
])('%s', (_name, { script, postgres }) => {
  let house: House
  let database: Awaited<ReturnType<typeof makeDatabase>> | undefined
  let browser: Browser
  let page: Page
  let questions: Record<string, string>
  let firstSerial: string
  const name = script ? 'alice' : 'bob'

  beforeAll(async () => {
    database = postgres ? await makeDatabase() : undefined
    house = await openHouse(database === undefined ? {} : { LATCHKEY_DATABASE_URL: database.url })
    browser = await openBrowser()
    ;({ page } = await openProfile(browser, { script }))
  })
  afterAll(async () => {
    await browser?.close()
    await house?.close()
    await database?.drop()
  })

  const openSettings = async () => {
    await see(page, 'Dashboard')
    await press(page, 'Settings')
  }

  test('the first administrator comes in by the printed link, once', async () => {
    const link = /http:\/\/\S+\/first-administrator\/\S+/.exec(house.printed())?.[0] ?? ''
    await page.goto(link)
    await see(page, 'First administrator')
    await fill(page, 'User name', 'root-admin')
    await fill(page, 'Display name', 'Administrator')
    await fill(page, 'E-mail', 'admin@example.test')
    await press(page, 'Continue')
    await see(page, 'Welcome')
    expect((await page.goto(link))?.status()).toBe(404)
  })

  test('A: from an invitation to a working token', async () => {
    const enrolled = await enrol(house, page, name, 'First')
    ;({ questions } = enrolled)
    firstSerial = enrolled.serial
    await follow(page, 'Go to the portal')
    await see(page, 'Dashboard')
  })

  test('B: the menu signs out everywhere; the password alone opens the dashboard; the account asks for the code', async () => {
    await openSettings()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await follow(page, 'Sign in')
    await signIn(page, name, 'not the password of anybody')
    await see(page, 'Sign in')
    expect(await refused(page)).toBe('User name or password is not right.')
    expect(await page.getByLabel('User name', { exact: true }).inputValue()).toBe(name)
    await signIn(page, name)
    await openSettings()
    await page.getByRole('menuitem', { name: 'Manage My Account' }).click()
    await see(page, 'Second factor')
    const code = await securityCode(house, 'First')
    await fill(page, 'Security code', code)
    await press(page, 'Verify')
    await see(page, 'My account')
    await page.goto(`${house.login}/account`)
    await see(page, 'My account')
  })

  test('C: a lost token is re-created through self-administration', async () => {
    await page.context().clearCookies()
    await page.goto(house.portal)
    await follow(page, 'Sign in')
    await signIn(page, name)
    await openSettings()
    await page.getByRole('menuitem', { name: 'Manage My Account' }).click()
    await see(page, 'Second factor')
    await follow(page, 'I have misplaced my token')
    await see(page, 'Self-Administration')
    await fill(page, 'User name', name)
    await fill(page, 'Password', PASSWORD)
    await press(page, 'Log in')
    await see(page, "Confirm it's you")
    await follow(page, 'question & answer challenge')
    await answerChallenge(page, questions)
    await see(page, 'Self-Administration Actions')
    await follow(page, "I'd like to recreate my soft token since I deleted its identity from my device")
    await see(page, 'Recreate your soft token')
    expect(await page.getByRole('checkbox', { name: 'Suspend the lost token at once' }).isChecked()).toBe(true)
    await press(page, 'Yes')
    const serial = await readCode(page, 'Serial number')
    await page.reload()
    expect(await readCode(page, 'Serial number')).toBe(serial)
    expect(await activate(house, page, 'Second')).not.toBe(firstSerial)
    await see(page, 'Your soft token is active')
    await press(page, 'OK')
    await see(page, 'Self-Administration Actions')
    await follow(page, 'Done')
    await see(page, 'Dashboard')
    const mail = await house.mail('re-created')
    expect(mail.to).toBe(`${name}@example.test`)
  })

  test('D: a locked token is unlocked', async () => {
    const resetCode = await lock(house, 'Second')
    await enterSelfAdministration(page, house, name)
    await follow(page, 'question & answer challenge')
    await answerChallenge(page, questions)
    await follow(page, 'My Mobile OTP or Desktop Soft Token application is locked')
    await see(page, 'Unlock your soft token')
    await press(page, 'Yes')
    await page.getByRole('textbox', { name: 'PIN Reset Code', exact: true }).fill(resetCode)
    await press(page, 'Next')
    const unlockCode = await readCode(page, 'Unlock code')
    const unlocked = await house.json(['token', 'unlock', 'Second'], [unlockCode, PIN, PIN])
    expect(unlocked).toMatchObject({ name: 'Second', unlocked: true })
    await page.goto(`${house.login}/account`)
    await see(page, /Second factor|Sign in/)
    if (await page.getByRole('heading', { name: 'Sign in', level: 1 }).isVisible()) await signIn(page, name)
    await fill(page, 'Security code', await securityCode(house, 'Second'))
    await press(page, 'Verify')
    await see(page, 'My account')
  })

  test('F: a forgotten password', async () => {
    const changed = 'quiet otters borrow seven lanterns'
    await page.context().clearCookies()
    await page.goto(`${house.login}/sign-in`)
    await follow(page, "I've forgotten my password")
    await see(page, 'Forgotten password')
    await fill(page, 'User name', name)
    await fill(page, 'E-mail', `${name}@example.test`)
    await press(page, 'Send')
    await see(page, 'Look in your mail')
    const mail = await house.mail('A new password')
    await page.goto(/http:\S+\/reset-password\/\S+/.exec(mail.text)?.[0] ?? '')
    await see(page, "Confirm it's you")
    await follow(page, 'question & answer challenge')
    await answerChallenge(page, questions)
    await fill(page, 'New password', changed)
    await fill(page, 'Repeat the password', changed)
    await press(page, 'Continue')
    await see(page, 'Sign in')
    await page.goto(house.portal)
    await follow(page, 'Sign in')
    await signIn(page, name, changed)
    await see(page, 'Dashboard')
    // The proof that set the password opens no token for a day.
    await enterSelfAdministration(page, house, name, changed)
    await follow(page, 'question & answer challenge')
    await answerChallenge(page, questions)
    await see(page, 'Self-Administration Actions')
    expect(await page.getByRole('link', { name: /recreate my soft token/ }).count()).toBe(0)
  })
})
