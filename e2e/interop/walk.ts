import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import PostalMime from 'postal-mime'
import type { House } from '../browser/house.ts'
import type { Visitor } from './visitor.ts'

const MOST_PAGES = 60
const MAIL_WITHIN_MS = 5_000
const LOCKED = 'My Mobile OTP or Desktop Soft Token application is locked'
const MISPLACED = "I'd like to recreate my soft token since I deleted its identity from my device"
const ANSWERS = ['Lentil stew', 'Behind the woodpile', 'Kind of Blue', 'Frau Abendroth', 'Backwards chess'] as const

/** One who knows what they know, and does what a page asks for; whatever happened between two pages is nothing to them. */
export type Walker = {
  readonly house: House
  readonly eyes: Visitor
  readonly token: WalkersToken
  readonly name: string
  password: string
  /** What they want of `Self-Administration Actions`. */
  errand: 'recreate' | 'unlock' | undefined
  /** The password that they have typed on `New password` and do not know to be theirs yet. */
  hoped: string | undefined
  readonly questions: Map<string, string>
  /** The recovery codes that they saw and have not confirmed yet. */
  seen: string | undefined
  /** Each activation code, by serial number. */
  readonly activations: Map<string, string>
  readonly links: Set<string>
  /** Does a step of this name; whoever wants to disturb it does so there. */
  readonly step: (name: Step, act: () => Promise<void>) => Promise<void>
}

export type Step =
  | 'password set'
  | 'password'
  | 'questions'
  | 'recovery codes shown'
  | 'recovery codes saved'
  | 'registration code'
  | 'security code'
  | 'log in'
  | 'challenge'
  | 'recreate'
  | 'unlock'
  | 'forgotten'
  | 'new password'

/** The soft token in the walker's hand. */
export type WalkersToken = {
  /** Adds the identity, or says again what it said: the registration code. */
  readonly add: (serial: string, activationCode: string) => Promise<string>
  /** A code that it has not shown before. */
  readonly code: () => Promise<string>
  /** Locks it first, if it is not locked. */
  readonly resetCode: () => Promise<string>
  readonly unlock: (unlockCode: string) => Promise<void>
  /** How many codes it has shown. */
  readonly shown: () => number
}

type Deal = (walker: Walker) => Promise<void>

/** Goes on, page by page, until one with this heading. @throws Error where a page is not to be understood, or the way has no end */
export async function walk(walker: Walker, goal: string): Promise<void> {
  const way: string[] = []
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const heading = await walker.eyes.heading()
    way.push(heading)
    if (heading === goal && (goal !== UNLOCK || (await walker.eyes.code('Unlock code')) !== '')) return
    const deal = PAGES[heading]
    if (deal === undefined) throw new Error(`“${heading}” leads nowhere, after ${way.join(' → ')}: ${await walker.eyes.alert()}`)
    await deal(walker)
  }
  throw new Error(`no way to “${goal}”: ${way.join(' → ')}`)
}

export const UNLOCK = 'Unlock your soft token'

const PAGES: Readonly<Record<string, Deal>> = {
  Welcome: ({ eyes, password, step }) => twice(eyes, password, () => step('password set', () => eyes.press('Continue'))),
  'This link no longer works': ({ eyes, errand, links }) =>
    eyes.follow(links.size > 0 && errand === undefined ? 'Get a new link' : 'Sign in'),
  'Sign in': signIn,
  'Security questions': chooseQuestions,
  'Recovery codes': saveCodes,
  'Soft token identity': identify,
  'Register the soft token': register,
  'Your soft token is active': ({ eyes }) => eyes.press('OK'),
  'Second factor': verify,
  'Self-Administration': async ({ eyes, name, password, step }) => {
    await eyes.fill('User name', name)
    await eyes.fill('Password', password)
    await step('log in', () => eyes.press('Log in'))
  },
  "Confirm it's you": ({ eyes }) => eyes.follow('question & answer challenge'),
  'Question & answer challenge': answer,
  'Self-Administration Actions': ({ eyes, errand }) => eyes.follow(errand === 'unlock' ? LOCKED : MISPLACED),
  'Recreate your soft token': ({ eyes, step }) => step('recreate', () => eyes.press('Yes')),
  [UNLOCK]: unlock,
  'Forgotten password': forget,
  'Look in your mail': openMail,
  // The way back to the application was cut: it says so, and the person starts there again.
  'That sign-in cannot be answered': ({ house, eyes }) => eyes.open(house.portal),
  'Start the sign-in again': ({ house, eyes }) => eyes.open(house.portal),
  Certificates: ({ eyes }) => eyes.follow('Sign in'),
  'This sign-in has ended': ({ house, eyes }) => eyes.open(`${house.login}/account`),
  'New password': async (walker) => {
    walker.hoped ??= `${walker.password} and more`
    const { eyes, hoped, step } = walker
    await twice(eyes, hoped, () => step('new password', () => eyes.press('Continue')))
  },
}

async function twice(eyes: Visitor, password: string, press: () => Promise<void>): Promise<void> {
  await eyes.fill('New password', password)
  await eyes.fill('Repeat the password', password)
  await press()
}

/** A password that was set, or was not: whoever does not know tries the new one, then the old one. */
async function signIn(walker: Walker): Promise<void> {
  const { eyes, name, step, hoped } = walker
  await eyes.fill('User name', name)
  await eyes.fill('Password', hoped ?? walker.password)
  await step('password', () => eyes.press('Sign in'))
  const refused = (await eyes.heading()) === 'Sign in' && (await eyes.alert()) !== ''
  if (hoped === undefined && refused) throw new Error(`the password was refused: ${await eyes.alert()}`)
  if (hoped !== undefined && !refused) walker.password = hoped
  walker.hoped = undefined
}

async function chooseQuestions({ eyes, questions, step }: Walker): Promise<void> {
  for (const [index, text] of ANSWERS.entries()) {
    const question = await eyes.choose(`Question ${index + 1}`, index + 3)
    await eyes.fill(`Answer ${index + 1}`, text)
    questions.set(question, text)
  }
  await step('questions', () => eyes.press('Continue'))
}

/** Until they are said to be saved, they are the same. */
async function saveCodes(walker: Walker): Promise<void> {
  const { eyes, step, seen } = walker
  const codes = await eyes.code('Recovery codes')
  if (codes.length !== 160) throw new Error('there are no ten recovery codes')
  if (seen !== undefined && seen !== codes) throw new Error('the recovery codes are others than before')
  walker.seen = codes
  await step('recovery codes shown', () => eyes.again())
  if ((await eyes.code('Recovery codes')) !== codes) throw new Error('the recovery codes are others after a reload')
  await eyes.tick('I have saved these codes')
  await step('recovery codes saved', () => eyes.press('Continue'))
}

/** The codes of a serial number never change. */
async function identify({ eyes, activations, token }: Walker): Promise<void> {
  const [serial, code] = [await eyes.code('Serial number'), await eyes.code('Activation code')]
  const before = activations.get(serial)
  if (before !== undefined && before !== code) throw new Error('one serial number has two activation codes')
  activations.set(serial, code)
  await token.add(serial, code)
  await eyes.press('Next')
}

async function register({ eyes, activations, token, step }: Walker): Promise<void> {
  const refused = await eyes.alert()
  if (refused !== '') throw new Error(`the registration code was refused: ${refused}`)
  const [serial = '', code = ''] = [...activations].at(-1) ?? []
  await eyes.fill('Registration code', await token.add(serial, code))
  await step('registration code', () => eyes.press('Next'))
}

/** A code that went in twice was used already: then comes the next one. */
async function verify({ eyes, token, step }: Walker): Promise<void> {
  const refused = await eyes.alert()
  if (refused !== '' && !refused.startsWith('This code was used already')) throw new Error(`the security code was refused: ${refused}`)
  await eyes.fill('Security code', await token.code())
  await step('security code', () => eyes.press('Verify'))
}

async function answer({ eyes, questions, step }: Walker): Promise<void> {
  const refused = await eyes.alert()
  if (refused !== '') throw new Error(`the answers were refused: ${refused}`)
  const asked = (await eyes.fields()).filter((label) => questions.has(label))
  if (asked.length !== 2) throw new Error(`asked for ${asked.length} of the chosen questions`)
  for (const question of asked) await eyes.fill(question, questions.get(question) ?? '')
  await step('challenge', () => eyes.press('Continue'))
}

async function unlock({ eyes, token, step }: Walker): Promise<void> {
  const refused = await eyes.alert()
  if (refused !== '') throw new Error(`the PIN reset code was refused: ${refused}`)
  if (!(await eyes.fields()).includes('PIN Reset Code')) return eyes.press('Yes')
  await eyes.fill('PIN Reset Code', await token.resetCode())
  await step('unlock', () => eyes.press('Next'))
}

/** Whoever has typed a new password already tries it before asking for another link. */
async function forget({ eyes, name, step, hoped }: Walker): Promise<void> {
  if (hoped !== undefined) return eyes.follow('Sign in')
  await eyes.fill('User name', name)
  await eyes.fill('E-mail', `${name}@example.test`)
  await step('forgotten', () => eyes.press('Send'))
}

/** The newest link of theirs that was not tried yet; nothing came for a while: once more. */
async function openMail({ house, eyes, name, links }: Walker): Promise<void> {
  const until = performance.now() + MAIL_WITHIN_MS
  while (performance.now() < until) {
    const link = (await linksTo(`${name}@example.test`, join(house.data, 'outbox'))).filter((found) => !links.has(found)).at(-1)
    if (link !== undefined) {
      links.add(link)
      return eyes.open(link)
    }
    await pause(100)
  }
  return eyes.follow('Send it again')
}

async function linksTo(address: string, folder: string): Promise<string[]> {
  if (!existsSync(folder)) return []
  const found: string[] = []
  for (const name of readdirSync(folder).sort()) {
    if (!name.endsWith('.eml')) continue
    const { to, text } = await PostalMime.parse(readFileSync(join(folder, name)))
    if (to?.[0]?.address !== address) continue
    const link = /http:\S+\/reset-password\/\S+/.exec(text ?? '')?.[0]
    if (link !== undefined) found.push(link)
  }
  return found
}
