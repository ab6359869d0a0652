import { raw } from 'hono/html'
import { renderSVG } from 'uqr'
import { codeGroup, codeList, countdown, inlineCode, qrCode } from '../src/http/page/codes.ts'
import { checkbox, codeField, passwordField, selectField, textField } from '../src/http/page/fields.ts'
import type { Content, Html } from '../src/http/page/html.ts'
import { actionList, badge, summaryList, table } from '../src/http/page/lists.ts'
import { menuButton } from '../src/http/page/menu.ts'
import { type Message, type PageModel, renderPage } from '../src/http/page/page.ts'
import {
  buttonRow,
  dangerButton,
  form,
  linkButton,
  links,
  notePanel,
  panel,
  paragraph,
  plainButton,
  primaryButton,
} from '../src/http/page/parts.ts'

/** Pages as people see them, with every part on at least one. `message` is put on the page that is asked for. */
export const GALLERY: Readonly<Record<string, (message?: Message) => Html>> = {
  'sign-in': signIn,
  actions,
  questions,
  identity,
  register,
  'recovery-codes': recoveryCodes,
  account,
  suspend,
}

export const REFUSED: Message = { kind: 'refusal', text: 'This code was used already. Wait for the next one.' }

const SITE = { lang: 'en', site: 'Latchkey', skip: 'Skip to the content' }
const REVEAL = { show: 'Show', hide: 'Hide' }
const CHECKING = 'Checking…'
const NOW = Date.UTC(2026, 10, 22, 9, 30)
const CODES = ['1', '2', '3', '4', '5', '6', '7', '8', '9', 'A'].map((number) => `${number}8JS-0VHX-VF3B-D38Y`)

function page(model: Omit<PageModel, 'lang' | 'site' | 'skip'>): Html {
  return renderPage({ ...SITE, ...model })
}

function many(...contents: readonly Content[]): Content {
  return contents
}

function signIn(message?: Message): Html {
  const fields = many(
    textField({
      name: 'user',
      label: 'User name',
      autocomplete: 'username',
      value: 'alice',
      spellcheck: false,
      invalid: message?.kind === 'refusal',
    }),
    passwordField({ name: 'password', label: 'Password', autocomplete: 'current-password', reveal: REVEAL }),
    primaryButton('Sign in'),
  )
  const others = links([
    { href: '/forgotten', text: "I've forgotten my password" },
    { href: '/self', text: 'I have misplaced my token' },
  ])
  return page({
    title: 'Sign in',
    lead: 'to Certificates',
    message,
    body: many(form({ action: '/sign-in', checking: CHECKING, body: fields }), others),
    foot: 'Nobody from the bank ever asks for your PIN or a code by telephone.',
  })
}

function actions(message?: Message): Html {
  const list = actionList([
    {
      href: '/recreate',
      icon: 'refresh-cw',
      title: "I'd like to recreate my soft token since I deleted its identity from my device",
      detail: 'New phone, lost phone, app removed',
    },
    {
      href: '/unlock',
      icon: 'lock-open',
      title: 'My Mobile OTP or Desktop Soft Token application is locked',
      detail: 'Too many wrong PINs, or the PIN is forgotten',
    },
    { href: '/questions', icon: 'message-circle-question-mark', title: "I'd like to change my security questions" },
    { href: '/password', icon: 'key-round', title: "I'd like to change my password" },
    { href: '/codes', icon: 'list-ordered', title: "I'd like new recovery codes" },
  ])
  return page({
    title: 'Self-Administration Actions',
    lead: 'Signed in as alice for 9 more minutes.',
    message,
    body: many(list, links([{ href: '/dashboard', text: 'Done' }])),
  })
}

function questions(message?: Message): Html {
  const options = ['The name of your first teacher', 'The street you grew up in'].map((text, index) => ({ value: `q${index}`, text }))
  const fields = [1, 2].flatMap((number) => [
    selectField({ name: `question-${number}`, label: `Question ${number}`, options, choose: 'Choose a question' }),
    textField({ name: `answer-${number}`, label: `Answer ${number}`, autocomplete: 'off', hint: 'Three characters or more' }),
  ])
  return page({
    title: 'Security questions',
    steps: { labels: ['Password', 'Questions', 'Recovery codes', 'Soft token'], now: 2, label: 'Step 2 of 4' },
    message,
    body: form({ action: '/questions', checking: CHECKING, body: many(...fields, primaryButton('Continue')) }),
  })
}

function identity(message?: Message): Html {
  const left = countdown({ until: NOW + 582_000, now: NOW, text: 'Good for {time}.', over: 'These codes are no longer good.' })
  const open = raw('<p><a href="http://localhost:8081/#ticket">Open the soft token on this device</a></p>')
  const qr = qrCode({
    svg: renderSVG('http://localhost:8081/#t=3QK0VHXVF3BD38YV65R4829', { border: 2 }),
    alt: 'QR code for the soft token',
    beside: many(paragraph(left), open),
  })
  const codes = [
    codeGroup({ id: 'serial', label: 'Serial number', code: '04829-15736', copy: 'Copy', copied: 'Copied' }),
    codeGroup({ id: 'activation', label: 'Activation code', code: '08JS-0VHX-VF3B-D38Y-V65R', copy: 'Copy', copied: 'Copied' }),
  ]
  const next = form({ action: '/identity/next', checking: CHECKING, body: primaryButton('Next') })
  const again = form({ action: '/identity/again', checking: CHECKING, body: plainButton('Get new codes') })
  return page({
    title: 'Soft token identity',
    lead: "Scan this with your phone's camera, or type the two codes into the soft token.",
    steps: { labels: ['Confirm', 'Enter in the app', 'Register'], now: 2, label: 'Step 2 of 3' },
    message,
    body: many(qr, ...codes, next, again),
  })
}

function register(message?: Message): Html {
  const field = codeField({
    name: 'registration-code',
    label: 'Registration code',
    groups: [4, 4, 4, 4],
    hint: 'The app shows it after the PIN was chosen.',
    invalid: message?.kind === 'refusal',
    autofocus: true,
  })
  return page({
    title: 'Register your soft token',
    kicker: 'Work, 04829-15736',
    steps: { labels: ['Confirm', 'Enter in the app', 'Register'], now: 3, label: 'Step 3 of 3' },
    message,
    body: many(
      form({ action: '/register', checking: CHECKING, body: many(field, primaryButton('Next')) }),
      notePanel('Leaving this page loses nothing: sign in again and go on here.'),
    ),
  })
}

function recoveryCodes(message?: Message): Html {
  const list = codeList({
    id: 'codes',
    label: 'Recovery codes',
    codes: CODES,
    download: 'Download',
    filename: 'latchkey-recovery-codes.txt',
    heading: 'Recovery codes of alice for Latchkey, each good once',
    print: 'Print',
    copy: 'Copy',
    copied: 'Copied',
  })
  const saved = many(checkbox({ name: 'saved', label: 'I have saved these codes', required: true }), primaryButton('Continue'))
  return page({
    title: 'Recovery codes',
    lead: 'Each of them opens self-administration once, beside your password. They are shown only now.',
    message,
    warnLeaving: true,
    body: many(
      list,
      notePanel('Keep them on paper or in a password manager, not on the phone that has the soft token.'),
      form({ action: '/codes', checking: CHECKING, body: saved }),
    ),
  })
}

function account(message?: Message): Html {
  const menu = menuButton({
    id: 'settings',
    label: 'Settings',
    items: [
      { href: '/account', text: 'Manage My Account', icon: 'user-round' },
      { action: '/sign-out', text: 'Sign out', icon: 'log-out' },
    ],
  })
  const signInPanel = summaryList([
    { label: 'Password', value: 'Changed 3 October 2026', actions: raw('<a href="/password">Change</a>') },
    { label: 'Security questions', value: 'Five questions', actions: raw('<a href="/questions">Change</a>') },
    { label: 'Recovery codes', value: many('8 of 10 left ', badge('two used', 'live')), actions: raw('<a href="/codes">New codes</a>') },
  ])
  const tokens = table({
    caption: 'Soft tokens',
    columns: ['Name', 'Serial number', 'State', 'Last used', 'Actions'],
    rows: [
      ['Work', inlineCode('04829-15736'), badge('Active', 'good'), 'Today, 09:12', raw('<a href="/t/1">Manage</a>')],
      ['Tablet', inlineCode('05120-66184'), badge('Locked', 'bad'), '14 November 2026', raw('<a href="/t/2">Manage</a>')],
    ],
  })
  const sessions = table({
    caption: 'Sessions',
    columns: ['Browser', 'Signed in', 'From', 'Actions'],
    rows: [
      ['Firefox on Linux', 'Today, 09:12', '192.0.2.17', 'This one'],
      ['Safari on iPhone', 'Yesterday, 18:40', '2001:db8:4:1::7a31', form({ action: '/sessions/2/end', body: dangerButton('Sign out') })],
    ],
  })
  const none = table({ caption: 'Recent activity', columns: ['What', 'When'], rows: [], empty: 'Nothing in the last 90 days.' })
  return page({
    title: 'My account',
    lead: 'alice@example.test',
    width: 'wide',
    menu,
    message,
    body: many(
      panel({ id: 'ways', title: 'How you sign in', body: signInPanel }),
      panel({ id: 'tokens', title: 'Soft tokens', body: many(tokens, buttonRow(linkButton('/t/add', 'Add a soft token'))) }),
      panel({ id: 'sessions', title: 'Sessions', lead: 'Where you are signed in now.', body: sessions }),
      panel({ id: 'activity', title: 'Recent activity', body: none }),
    ),
  })
}

function suspend(message?: Message): Html {
  const yes = many(
    checkbox({
      name: 'suspend',
      label: 'Suspend the lost token at once',
      checked: true,
      required: false,
      hint: 'Its codes stop working now.',
    }),
    buttonRow(dangerButton('Yes'), linkButton('/actions', 'No')),
  )
  return page({
    title: 'Recreate your soft token',
    lead: 'You get a new identity for your soft token. The old one ends as soon as the new one works.',
    message,
    body: form({ action: '/recreate', checking: CHECKING, danger: true, body: yes }),
  })
}
