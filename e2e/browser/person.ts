import type { Page } from 'playwright'
import { expect } from 'vitest'
import type { House } from './house.ts'

export const PASSWORD = 'plum envelope under the northern stair'
export const PIN = '493817'
const ANSWERS: Readonly<Record<number, string>> = {
  1: 'Lentil stew',
  2: 'Behind the woodpile',
  3: 'Kind of Blue',
  4: 'Frau Abendroth',
  5: 'Backwards chess',
}

/** What a person sees and touches, by its accessible name. */
const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { name, level: 1 })
export const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()
export const follow = (page: Page, name: string) => page.getByRole('link', { name, exact: true }).click()
/** A password counts as a text box, which only its label tells apart. */
export const fill = (page: Page, label: string, text: string) => page.getByLabel(label, { exact: true }).fill(text)

export async function see(page: Page, name: string | RegExp): Promise<void> {
  try {
    await heading(page, name).waitFor()
  } catch {
    const found = await page.locator('h1, [role=alert]').allTextContents()
    throw new Error(`there is no heading “${name}” but ${JSON.stringify(found)} at ${page.url()}`)
  }
}

/** A code on a page: a group with this name, whose text without spaces and hyphens is the code. */
export async function readCode(page: Page, name: string): Promise<string> {
  const text = (await page.getByRole('group', { name, exact: true }).textContent()) ?? ''
  return text.replaceAll(/[\s-]/g, '')
}

/** A refusal has the focus; one before it may still be there for a moment. */
export async function refused(page: Page): Promise<string> {
  const alert = page.getByRole('alert').and(page.locator(':focus'))
  await alert.waitFor()
  return (await alert.textContent())?.trim() ?? ''
}

/** Journey A from the invitation to the codes of the first token. */
export async function beginEnrolment(house: House, page: Page, name: string): Promise<{ questions: Record<string, string> }> {
  const { enrolmentLink } = await house.json(['user', 'add', name, '--email', `${name}@example.test`])
  await page.goto(String(enrolmentLink))
  await see(page, 'Welcome')
  await fill(page, 'New password', PASSWORD)
  await fill(page, 'Repeat the password', PASSWORD)
  await press(page, 'Continue')
  const questions = await chooseQuestions(page)
  await see(page, 'Recovery codes')
  await page.getByRole('checkbox', { name: 'I have saved these codes' }).check()
  await press(page, 'Continue')
  return { questions }
}

/** Journey A from the invitation to `You're all set`; the token goes by `label` in the terminal. */
export async function enrol(
  house: House,
  page: Page,
  name: string,
  label: string,
): Promise<{ serial: string; questions: Record<string, string> }> {
  const { questions } = await beginEnrolment(house, page, name)
  const serial = await activate(house, page, label)
  await see(page, 'Your soft token is active')
  await press(page, 'OK')
  await see(page, "You're all set")
  return { serial, questions }
}

async function chooseQuestions(page: Page): Promise<Record<string, string>> {
  await see(page, 'Security questions')
  const questions: Record<string, string> = {}
  for (const n of [1, 2, 3, 4, 5]) {
    const box = page.getByRole('combobox', { name: `Question ${n}`, exact: true })
    const text =
      (await box
        .locator('option')
        .nth(n + 2)
        .textContent()) ?? ''
    await box.selectOption({ label: text })
    await page.getByRole('textbox', { name: `Answer ${n}`, exact: true }).fill(ANSWERS[n] ?? '')
    questions[text] = ANSWERS[n] ?? ''
  }
  await press(page, 'Continue')
  return questions
}

/** C7 to C11: the codes go into the terminal's token, the registration code comes back. */
export async function activate(house: House, page: Page, label: string): Promise<string> {
  await see(page, 'Soft token identity')
  const serial = await readCode(page, 'Serial number')
  const code = await readCode(page, 'Activation code')
  const added = await house.json(['token', 'add', label, '--serial', serial], [code, PIN, PIN])
  await press(page, 'Next')
  await page.getByRole('textbox', { name: 'Registration code', exact: true }).fill(String(added['registrationCode']))
  await press(page, 'Next')
  return serial
}

export async function securityCode(house: House, label: string, pin = PIN): Promise<string> {
  const { securityCode: code } = await house.json(['token', 'code', label], [pin])
  return String(code)
}

export async function signIn(page: Page, name: string, password = PASSWORD): Promise<void> {
  await see(page, 'Sign in')
  await fill(page, 'User name', name)
  await fill(page, 'Password', password)
  await press(page, 'Sign in')
}

/** C1 and C2: from the front page of the portal to `Confirm it's you`. */
export async function enterSelfAdministration(page: Page, house: House, name: string, password = PASSWORD): Promise<void> {
  await page.goto(`${house.login}/self-administration`)
  await see(page, 'Self-Administration')
  await fill(page, 'User name', name)
  await fill(page, 'Password', password)
  await press(page, 'Log in')
  await see(page, "Confirm it's you")
}

export async function answerChallenge(page: Page, questions: Readonly<Record<string, string>>): Promise<void> {
  await see(page, 'Question & answer challenge')
  let answered = 0
  for (const [question, answer] of Object.entries(questions)) {
    const box = page.getByRole('textbox', { name: question, exact: true })
    if ((await box.count()) === 0) continue
    await box.fill(answer)
    answered += 1
  }
  expect(answered).toBe(2)
  await press(page, 'Continue')
}

const MOST_WRONG = 60

/** Types wrong PINs until the token is locked: one in sixteen is let through, and the count begins again (STP-1, 4). */
export async function lock(house: House, label: string): Promise<string> {
  for (let wrong = 0; wrong < MOST_WRONG; wrong += 1) {
    const answer = await house.json(['token', 'code', label], [String(730_184 + 1_357 * wrong)])
    if (answer['error'] === 'locked') return String(answer['pinResetCode'])
  }
  throw new Error('the token does not lock')
}
