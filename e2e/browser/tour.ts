import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Page } from 'playwright'
import { expect } from 'vitest'
import type { House } from './house.ts'
import { answerChallenge, fill, follow, PASSWORD, PIN, press, readCode, securityCode, see, signIn } from './person.ts'

/** Called on every page, and again where it says something: "refused" is in the name of a page with a refusal. */
type Look = (name: string) => Promise<void>
export type Tour = { house: House; page: Page; look: Look }

const NAME = 'alice'

/** Every page of the three origins, each refusal as a person meets it. */
export async function tour(at: Tour): Promise<void> {
  await firstAdministrator(at)
  const questions = await enrolment(at)
  await everyday(at)
  await account(at)
  await selfAdministration(at, questions)
  await unlocking(at)
  await forgotten(at, questions)
  await notices(at)
  await strangers(at)
}

async function firstAdministrator({ house, page, look }: Tour): Promise<void> {
  const link = /http:\/\/\S+\/first-administrator\/\S+/.exec(house.printed())?.[0] ?? ''
  await page.goto(link)
  await look('first administrator')
  await fill(page, 'User name', 'root admin')
  await fill(page, 'Display name', 'Administrator')
  await fill(page, 'E-mail', 'admin@example.test')
  await press(page, 'Continue')
  await look('first administrator, refused')
  await fill(page, 'User name', 'root-admin')
  await press(page, 'Continue')
  await see(page, 'Welcome')
  await page.goto(link)
  await look('first administrator, over')
}

async function enrolment({ house, page, look }: Tour): Promise<Record<string, string>> {
  const { enrolmentLink } = await house.json(['user', 'add', NAME, '--email', `${NAME}@example.test`])
  await page.goto(String(enrolmentLink))
  await look('welcome')
  await passwords(page, 'password')
  await look('welcome, refused')
  await passwords(page, PASSWORD)
  await look('questions')
  await chooseQuestions(page, 'no')
  await press(page, 'Continue')
  await look('questions, refused')
  const questions = await chooseQuestions(page, '')
  await press(page, 'Continue')
  await see(page, 'Recovery codes')
  await look('recovery codes')
  // A browser that does not check `required` itself.
  await page.locator('form').evaluate((form) => form.setAttribute('novalidate', ''))
  await press(page, 'Continue')
  await look('recovery codes, refused')
  await page.getByRole('checkbox', { name: 'I have saved these codes' }).check()
  await press(page, 'Continue')
  await identity({ house, page, look })
  await press(page, 'OK')
  await look('all set')
  await page.goto(String(enrolmentLink))
  await look('welcome, over')
  return questions
}

async function passwords(page: Page, password: string): Promise<void> {
  await fill(page, 'New password', password)
  await fill(page, 'Repeat the password', password)
  await press(page, 'Continue')
}

async function chooseQuestions(page: Page, answer: string): Promise<Record<string, string>> {
  const questions: Record<string, string> = {}
  for (const n of [1, 2, 3, 4, 5]) {
    const box = page.getByRole('combobox', { name: `Question ${n}`, exact: true })
    await box.selectOption({ index: n })
    const text = (await box.locator('option').nth(n).textContent()) ?? ''
    questions[text] = answer === '' ? `Quiet otter number ${n} of many` : answer
    await page.getByRole('textbox', { name: `Answer ${n}`, exact: true }).fill(questions[text] ?? '')
  }
  return questions
}

async function typeCode(page: Page, label: string, code: string, button: string): Promise<void> {
  await page.getByRole('textbox', { name: label, exact: true }).fill(code)
  await press(page, button)
}

/** The codes run out, are opened by their ticket, are registered by it and refused, and at last typed. */
async function identity({ house, page, look }: Tour): Promise<void> {
  await see(page, 'Soft token identity')
  await look('identity')
  const old = await addToken(house, page, 'Old')
  await press(page, 'Get new codes')
  await press(page, 'Next')
  await look('register')
  await typeCode(page, 'Registration code', old.slice(0, -1), 'Next')
  await look('register, refused')
  runOut(house)
  await page.goto(`${house.login}/soft-token`)
  await look('identity, over')
  await press(page, 'Get new codes')
  const ticket = new URL((await page.getByRole('link', { name: 'Open the soft token on this device' }).getAttribute('href')) ?? '').hash
  const handIn = (door: string, data: object) =>
    page.request.post(`${house.login}/api/v1/activations/${door}`, { data: { ticket: ticket.split('ticket=')[1], ...data } })
  expect((await handIn('open', {})).status()).toBe(200)
  await page.reload()
  await look('identity, opened')
  await handIn('open', {})
  await page.reload()
  await look('identity, opened twice')
  const registrationCode = await addToken(house, page, 'First')
  expect((await handIn('register', { registrationCode })).status()).toBe(200)
  await see(page, /ends in/)
  await look('confirmation')
  await press(page, 'Yes, it does')
  await look('active')
}

/** The clock is the server's own: the time of all codes is over when their row says so. */
function runOut(house: House): void {
  const database = new DatabaseSync(join(house.data, 'latchkey.db'), { timeout: 5_000 })
  database.exec('UPDATE activations SET expires_at = 1')
  database.close()
}

async function addToken(house: House, page: Page, name: string): Promise<string> {
  const serial = await readCode(page, 'Serial number')
  const code = await readCode(page, 'Activation code')
  const added = await house.json(['token', 'add', name, '--serial', serial], [code, PIN, PIN])
  return String(added['registrationCode'])
}

async function everyday({ house, page, look }: Tour): Promise<void> {
  await page.context().clearCookies()
  await page.goto(house.portal)
  await look('portal')
  await follow(page, 'Sign in')
  await look('sign in')
  await signIn(page, NAME, 'not the password of anybody')
  await look('sign in, refused')
  await signIn(page, NAME)
  await see(page, 'Dashboard')
  await look('dashboard')
  await press(page, 'Settings')
  await look('dashboard, menu')
  await page.getByRole('menuitem', { name: 'Manage My Account' }).click()
  await look('second factor')
  await typeCode(page, 'Security code', '000000', 'Verify')
  await look('second factor, refused')
  await follow(page, 'Try another way')
  await look('another way')
  await follow(page, 'Recovery code')
  await look('recovery code')
  await typeCode(page, 'Recovery code', '1234', 'Verify')
  await look('recovery code, refused')
  await follow(page, 'Use the security code')
  await typeCode(page, 'Security code', await securityCode(house, 'First'), 'Verify')
  await see(page, 'My account')
}

async function account({ house, page, look }: Tour): Promise<void> {
  await look('my account')
  const token = (await page.locator('a[href$="/rename"]').getAttribute('href'))?.replace('/rename', '') ?? ''
  for (const name of ['rename', 'synchronise', 'disable', 'delete']) {
    await page.goto(`${house.login}${token}/${name}`)
    await look(`account, ${name}`)
  }
  for (const path of ['addresses/add', 'tokens/add', 'security-questions', 'password', 'recovery-codes', 'recreate', 'unlock']) {
    await page.goto(`${house.login}/account/${path}`)
    await look(`account, ${path}`)
  }
  await page.goto(`${house.login}/account/addresses/add`)
  await fill(page, 'E-mail', `${NAME}@mail.example.test`)
  await page.getByRole('main').getByRole('button').click()
  await look('my account, done')
  const mail = await house.mail('Your mail address')
  await page.goto(/http:\S+\/address\/\S+/.exec(mail.text)?.[0] ?? '')
  await look('address')
  await press(page, 'Confirm')
  await look('address, confirmed')
  await page.goto(`${house.portal}/dashboard`)
  await press(page, 'Settings')
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await look('signed out')
}

async function selfAdministration({ house, page, look }: Tour, questions: Record<string, string>): Promise<void> {
  const logIn = async (password: string) => {
    await fill(page, 'User name', NAME)
    await fill(page, 'Password', password)
    await press(page, 'Log in')
  }
  await page.context().clearCookies()
  await page.goto(`${house.login}/self-administration`)
  await look('self-administration')
  await logIn('not the password of anybody')
  await look('self-administration, refused')
  await logIn(PASSWORD)
  await see(page, "Confirm it's you")
  await look('confirm')
  await typeCode(page, 'Security code', '12', 'Verify')
  await look('confirm, refused')
  await follow(page, 'recovery code')
  await look('confirm, recovery code')
  await follow(page, 'mailed code')
  await look('mailed code')
  await press(page, 'Send the code')
  await look('mailed code, sent')
  await typeCode(page, 'Mailed code', '12', 'Verify')
  await look('mailed code, refused')
  await follow(page, 'question & answer challenge')
  await look('challenge')
  await answerChallenge(page, Object.fromEntries(Object.keys(questions).map((question) => [question, 'no'])))
  await look('challenge, refused')
  await answerChallenge(page, questions)
  await see(page, 'Self-Administration Actions')
  await look('actions')
  for (const path of ['security-questions', 'password', 'recovery-codes']) {
    await page.goto(`${house.login}/self-administration/${path}`)
    await look(path)
  }
}

async function unlocking({ house, page, look }: Tour): Promise<void> {
  for (const wrong of ['918273', '817263', '716253', '615243', '514233']) await house.run(['token', 'code', 'First'], [wrong])
  const details = await house.json(['token', 'details', 'First'])
  await page.goto(`${house.login}/self-administration/unlock`)
  await look('unlock')
  await press(page, 'Yes')
  await look('unlock, field')
  await typeCode(page, 'PIN Reset Code', 'AAAA', 'Next')
  await look('unlock, refused')
  await typeCode(page, 'PIN Reset Code', String(details['pinResetCode']), 'Next')
  await look('unlock, answer')
  await page.goto(`${house.login}/self-administration/recreate`)
  await look('recreate')
  await press(page, 'Yes')
  await look('recreate, identity')
}

async function forgotten({ house, page, look }: Tour, questions: Record<string, string>): Promise<void> {
  await page.context().clearCookies()
  await page.goto(`${house.login}/forgotten-password`)
  await look('forgotten')
  await fill(page, 'User name', NAME)
  await fill(page, 'E-mail', `${NAME}@example.test`)
  await press(page, 'Send')
  await look('forgotten, sent')
  const mail = await house.mail('A new password', `${NAME}@example.test`)
  const link = /http:\S+\/reset-password\/\S+/.exec(mail.text)?.[0] ?? ''
  await page.goto(link)
  await look('reset, confirm')
  await follow(page, 'question & answer challenge')
  await look('reset, challenge')
  await answerChallenge(page, questions)
  await look('reset, new password')
  await passwords(page, 'quiet otters borrow seven lanterns')
  await see(page, 'Sign in')
  await look('reset, done')
  await page.goto(link)
  await look('reset, over')
}

async function notices({ house, page, look }: Tour): Promise<void> {
  const mail = await house.mail('Your password was', `${NAME}@example.test`)
  await page.goto(/http:\S+\/notice\/\S+/.exec(mail.text)?.[0] ?? '')
  await look('notice')
  await press(page, "This wasn't me")
  await look('repudiated')
}

/** What is not there, comes from elsewhere, or is over. */
async function strangers({ house, page, look }: Tour): Promise<void> {
  for (const [name, address] of [
    ['login, 404', `${house.login}/nothing`],
    ['sign-in, over', `${house.login}/sign-in/nothing`],
    ['notice, over', `${house.login}/notice/nothing`],
    ['oidc, signed out', `${house.login}/oidc/sign-out/done`],
    ['oidc, sign out', `${house.login}/oidc/sign-out`],
    ['portal, 404', `${house.portal}/nothing`],
    ['portal, expired', `${house.portal}/callback?code=a&state=b`],
    ['token', house.token],
    ['token, 404', `${house.token}/nothing`],
  ] as const) {
    await page.goto(address)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await look(name)
  }
  await page.goto('about:blank')
  await page.setContent(`<form method="post" action="${house.login}/forgotten-password"><button>Go</button></form>`)
  await page.getByRole('button').click()
  await page.getByRole('heading', { level: 1 }).waitFor()
  await look('login, 403')
}
