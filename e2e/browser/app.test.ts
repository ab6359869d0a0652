import type { Browser, BrowserContext, Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openBrowser, openProfile } from './browser.ts'
import { type House, openHouse } from './house.ts'
import { answerChallenge, beginEnrolment, enterSelfAdministration, fill, follow, press, readCode, refused, see, signIn } from './person.ts'
import { addByLink, addByTyping, codeOf, createPin, lockApp, openPhone, sayRegistered } from './phone.ts'

/** A person at a desk with a phone beside it, from the invitation to the new PIN. */
describe.each([
  ['with script', true],
  ['without script at the desk', false],
])('the soft token in the browser, %s', (_name, script) => {
  let house: House
  let browser: Browser
  let desk: Page
  let phone: Page
  let context: BrowserContext
  let questions: Record<string, string>
  const name = script ? 'carol' : 'dave'
  const asked: string[] = []

  beforeAll(async () => {
    house = await openHouse()
    browser = await openBrowser()
    ;({ page: desk } = await openProfile(browser, { script }))
    ;({ phone, context } = await openPhone(browser))
    phone.on('request', (request) => asked.push(new URL(request.url()).origin))
    phone.on('pageerror', (error) => asked.push(error.message))
  })
  afterAll(async () => {
    await browser?.close()
    await house?.close()
  })

  test('A: an account, and its token in the phone, by typing', async () => {
    ;({ questions } = await beginEnrolment(house, desk, name))
    await see(desk, 'Soft token identity')
    await phone.goto(house.token)
    await see(phone, 'No identity yet')
    const serial = await readCode(desk, 'Serial number')
    const code = await readCode(desk, 'Activation code')
    const mistyped = `${code.slice(0, 9)}${code[9] === '7' ? '8' : '7'}${code.slice(10)}`
    await press(phone, 'Add identity')
    await fill(phone, 'Name', 'Work')
    await fill(phone, 'Serial number', serial)
    await fill(phone, 'Activation code', mistyped)
    await press(phone, 'Save')
    expect(await refused(phone)).toMatch(/third group, perhaps at its second character/)
    await press(phone, 'Back')
    const registrationCode = await addByTyping(phone, 'Work', { serial, code })
    await phone.reload()
    await see(phone, 'Registration code')
    expect(await readCode(phone, 'Registration code')).toBe(registrationCode)
    await press(desk, 'Next')
    await desk.getByRole('textbox', { name: 'Registration code', exact: true }).fill(registrationCode)
    await press(desk, 'Next')
    await see(desk, 'Your soft token is active')
    await sayRegistered(phone)
    await press(desk, 'OK')
    await see(desk, "You're all set")
  })

  test('B and E: one PIN, one code; a second one at once is taken as well', async () => {
    await desk.context().clearCookies()
    await desk.goto(house.portal)
    await follow(desk, 'Sign in')
    await signIn(desk, name)
    await see(desk, 'Dashboard')
    await desk.goto(`${house.login}/account`)
    await see(desk, 'Second factor')
    const first = await codeOf(phone)
    const second = await codeOf(phone)
    expect(second).not.toBe(first)
    await fill(desk, 'Security code', first)
    await press(desk, 'Verify')
    await see(desk, 'My account')
  })

  test('C: a lost token is re-created by a ticket', async () => {
    await desk.context().clearCookies()
    await enterSelfAdministration(desk, house, name)
    await follow(desk, 'question & answer challenge')
    await answerChallenge(desk, questions)
    await follow(desk, "I'd like to recreate my soft token since I deleted its identity from my device")
    await press(desk, 'Yes')
    await see(desk, 'Soft token identity')
    const href = (await desk.getByRole('link', { name: 'Open the soft token on this device' }).getAttribute('href')) ?? ''
    await phone.goto('about:blank')
    await phone.goto(href)
    const registrationCode = await addByLink(phone, 'New')
    expect(phone.url()).not.toContain('ticket')
    if (!script) await press(desk, 'Next')
    await see(desk, `Does the app show a code that ends in ${registrationCode.slice(-4)}?`)
    await press(desk, 'Yes, it does')
    await see(desk, 'Your soft token is active')
    await press(desk, 'OK')
    await press(phone, 'Done')
    await phone.getByRole('dialog').getByRole('button', { name: 'Yes', exact: true }).click()
    await see(phone, 'Identities')
    await phone.getByRole('button', { name: 'Work', exact: true }).click()
    await press(phone, 'Menu')
    await phone.getByRole('menuitem', { name: 'Delete' }).click()
    await phone.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click()
    await see(phone, 'Enter your PIN')
  })

  test('a second opening of the link is refused, and told to the owner', async () => {
    await desk.goto(`${house.login}/self-administration/recreate`)
    await desk.getByRole('checkbox', { name: 'Suspend the lost token at once' }).uncheck()
    await press(desk, 'Yes')
    const href = (await desk.getByRole('link', { name: 'Open the soft token on this device' }).getAttribute('href')) ?? ''
    const { phone: first, context: one } = await openPhone(browser)
    await first.goto(href)
    await first.getByRole('textbox', { name: 'Name', exact: true }).waitFor()
    const { phone: second, context: two } = await openPhone(browser)
    await second.goto(href)
    expect(await refused(second)).toMatch(/opened already/)
    await desk.reload()
    expect(await desk.getByText(/opened a second time/).count()).toBeGreaterThan(0)
    await one.close()
    await two.close()
  })

  test('D: a locked token is unlocked', async () => {
    const resetCode = await lockApp(phone)
    await desk.goto(`${house.login}/self-administration/unlock`)
    await see(desk, 'Unlock your soft token')
    await press(desk, 'Yes')
    await desk.getByRole('textbox', { name: 'PIN Reset Code', exact: true }).fill(resetCode)
    await press(desk, 'Next')
    const unlockCode = await readCode(desk, 'Unlock code')
    await fill(phone, 'Unlock code', unlockCode)
    await press(phone, 'Unlock')
    await createPin(phone, '628405')
    await see(phone, 'Unlocked')
    await press(phone, 'Done')
    const code = await codeOf(phone, '628405')
    await desk.context().clearCookies()
    await desk.goto(`${house.login}/account`)
    await signIn(desk, name)
    await fill(desk, 'Security code', code)
    await press(desk, 'Verify')
    await see(desk, 'My account')
  })

  test('to change the PIN is to unlock, with a way back', async () => {
    await press(phone, "I've forgotten my PIN")
    await see(phone, 'Locked')
    await press(phone, 'Back')
    await press(phone, 'Menu')
    await phone.getByRole('menuitem', { name: 'Change the PIN' }).click()
    await readCode(phone, 'PIN Reset Code')
    await press(phone, 'Back')
    expect(await codeOf(phone, '628405')).toMatch(/^\d{6}$/)
  })

  test('no page asks any origin but the two of the configuration', () => {
    expect([...new Set(asked)].sort()).toEqual([house.login, house.token].sort())
    expect(context.pages().length).toBe(1)
  })
})
