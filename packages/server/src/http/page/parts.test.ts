import { expect, test } from 'vitest'
import { codeGroup, codeList, countdown, inlineCode, qrCode, timeLeft } from './codes.ts'
import { checkbox, codeField, hiddenField, passwordField, selectField, textField } from './fields.ts'
import { type Content, type Html, idList } from './html.ts'
import { actionList, badge, summaryList, table } from './lists.ts'
import { menuButton } from './menu.ts'
import { type Message, type PageModel, renderPage } from './page.ts'
import { buttonRow, dangerButton, form, linkButton, links, notePanel, panel, paragraph, plainButton, primaryButton } from './parts.ts'

/** Breaks out of a text, and out of an attribute in either kind of quotes. */
const HOSTILE = `<script>x</script>" onfocus="x' onfocus='x&amp;`
const field = { name: HOSTILE, label: HOSTILE, hint: HOSTILE, value: HOSTILE }
const model: PageModel = { lang: HOSTILE, title: HOSTILE, site: HOSTILE, skip: HOSTILE, body: HOSTILE }
const message: Message = { kind: 'refusal', text: HOSTILE }

const PARTS: Readonly<Record<string, Html>> = {
  page: renderPage({
    ...model,
    kicker: HOSTILE,
    lead: HOSTILE,
    foot: HOSTILE,
    menu: HOSTILE,
    poll: HOSTILE,
    message,
    steps: { labels: [HOSTILE], now: 1, label: HOSTILE },
  }),
  textField: textField({ ...field, autocomplete: HOSTILE, inputmode: HOSTILE }),
  passwordField: passwordField({ ...field, autocomplete: 'off', reveal: { show: HOSTILE, hide: HOSTILE } }),
  codeField: codeField({ ...field, groups: [4] }),
  selectField: selectField({ ...field, choose: HOSTILE, options: [{ value: HOSTILE, text: HOSTILE }] }),
  checkbox: checkbox(field),
  hiddenField: hiddenField(HOSTILE, HOSTILE),
  form: form({ action: HOSTILE, checking: HOSTILE, body: HOSTILE }),
  buttons: buttonRow(
    primaryButton(HOSTILE, { name: HOSTILE, value: HOSTILE }),
    plainButton(HOSTILE),
    dangerButton(HOSTILE),
    linkButton(HOSTILE, HOSTILE),
  ),
  links: links([{ href: HOSTILE, text: HOSTILE }]),
  notePanel: notePanel(HOSTILE),
  panel: panel({ id: HOSTILE, title: HOSTILE, lead: HOSTILE, body: HOSTILE }),
  paragraph: paragraph([HOSTILE, [HOSTILE]]),
  codeGroup: codeGroup({ id: HOSTILE, label: HOSTILE, code: HOSTILE, copy: HOSTILE, copied: HOSTILE }),
  codeList: codeList({
    id: HOSTILE,
    label: HOSTILE,
    codes: [HOSTILE],
    download: HOSTILE,
    filename: HOSTILE,
    heading: HOSTILE,
    print: HOSTILE,
    copy: HOSTILE,
  }),
  inlineCode: inlineCode(HOSTILE),
  countdown: countdown({ until: 2, now: 1, text: HOSTILE, over: HOSTILE }),
  qrCode: qrCode({ svg: '<svg></svg>', alt: HOSTILE, beside: HOSTILE }),
  actionList: actionList([{ href: HOSTILE, icon: 'lock', title: HOSTILE, detail: HOSTILE }], HOSTILE),
  summaryList: summaryList([{ label: HOSTILE, value: HOSTILE, actions: HOSTILE }]),
  table: table({ caption: HOSTILE, columns: [HOSTILE, HOSTILE], rows: [[HOSTILE, HOSTILE]] }),
  badge: badge(HOSTILE),
  menuButton: menuButton({
    id: HOSTILE,
    label: HOSTILE,
    items: [
      { href: HOSTILE, text: HOSTILE },
      { action: HOSTILE, text: HOSTILE, fields: { [HOSTILE]: HOSTILE } },
    ],
  }),
}

test.each(Object.entries(PARTS))('%s lets no text become markup', async (_name, part) => {
  const text = String(await part)
  expect(text).toContain('&lt;script&gt;')
  expect(text).not.toMatch(/<script>|" onfocus=|' onfocus=/)
})

function textOf(markup: string): string {
  return markup.replaceAll(/<[^>]*>/g, '')
}

test.each(['04829-15736', '08JS-0VHX-VF3B-D38Y-V65R', '963 415', '963415'])(
  'the group of %s has the code for its text, and nothing else',
  async (code) => {
    const markup = String(await codeGroup({ id: 'it', label: 'Activation code', code, copy: 'Copy' }))
    const group = /role="group"[^>]*>(.*)<\/div><\/div>$/s.exec(markup)?.[1] ?? ''
    expect(textOf(group)).toBe(code)
  },
)

test('a password field and a code field never bring a password back, nor let a browser keep a code', async () => {
  const smuggled = { ...field, autocomplete: 'off' as const, reveal: { show: 'Show', hide: 'Hide' }, value: 'correct horse' }
  expect(String(await passwordField(smuggled))).not.toContain('correct horse')
  expect(String(await codeField({ name: 'code', label: 'Security code' }))).toContain('autocomplete="off"')
})

test('a refused field says so and points at the message', async () => {
  const refused = String(
    await textField({ name: 'user', label: 'User name', autocomplete: 'username', invalid: true, hint: 'As on your card' }),
  )
  expect(refused).toContain('aria-invalid="true"')
  expect(refused).toContain('aria-describedby="message field-user-hint"')
  const page = String(await renderPage({ ...model, message }))
  expect(page).toMatch(/id="message" role="alert" tabindex="-1" autofocus/)
})

test('what was done is said without taking the focus', async () => {
  const page = String(await renderPage({ ...model, message: { kind: 'done', text: 'Saved' } }))
  expect(page).toMatch(/id="message" role="status">/)
  expect(page).not.toContain('autofocus')
})

test.each([
  [0, '0:00'],
  [1, '0:01'],
  [582_000, '9:42'],
  [3_600_000, '1:00:00'],
  [7_782_000, '2:09:42'],
])('%i ms are %s', (milliseconds, shown) => {
  expect(timeLeft(milliseconds)).toBe(shown)
})

test('what has run out is said to have run out', async () => {
  const words: Content = await countdown({ until: 5, now: 5, text: 'Good for {time}.', over: 'No longer good.' })
  expect(textOf(String(words))).toBe('No longer good.')
})

test('no description is no empty description', () => {
  expect(idList(undefined, false, '')).toBeUndefined()
})
