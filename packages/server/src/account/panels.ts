import { html } from 'hono/html'
import type { Activity } from '../audit/recent-activity.ts'
import type { Content, Html } from '../http/page/html.ts'
import { badge, summaryList, table } from '../http/page/lists.ts'
import { buttonRow, form, linkButton, notePanel, paragraph, plainButton } from '../http/page/parts.ts'
import type { SessionId } from '../ids.ts'
import { sayBrowser } from '../notices/say-browser.ts'
import type { RecoveryCodeCount } from '../recovery-codes/count-recovery-codes.ts'
import type { listSessions } from '../sessions/list-sessions.ts'
import type { TextId, Texts } from '../texts/texts.ts'
import type { TokenView } from '../tokens/list-tokens.ts'
import type { Address } from '../users/list-addresses.ts'
import { sayActivity } from './activity.ts'
import type { Saying } from './overview-page.ts'
import { rowActions, rowButton, rowLink } from './rows.ts'

/** `questions` is undefined where nobody is asked any. */
export type Ways = { passwordChangedAt: number | undefined; questions: boolean | undefined; codes: RecoveryCodeCount }

/** Password, security questions, recovery codes. */
export function waysList({ texts, moment }: Saying, { passwordChangedAt, questions, codes }: Ways): Html {
  const password = texts('account.password')
  const changed =
    passwordChangedAt === undefined
      ? texts('account.password.none')
      : texts('account.password.changed', { when: moment(passwordChangedAt) })
  const rows = [
    { label: password, value: changed, actions: rowLink({ href: '/account/password', text: texts('account.change'), of: password }) },
  ]
  if (questions !== undefined) {
    const label = texts('account.questions')
    const value = texts(questions ? 'account.questions.set' : 'account.questions.none')
    rows.push({ label, value, actions: rowLink({ href: '/account/security-questions', text: texts('account.change'), of: label }) })
  }
  const label = texts('account.codes')
  const value = codes.saved ? texts('account.codes.left', { n: codes.left }) : texts('account.codes.none')
  rows.push({ label, value, actions: rowLink({ href: '/account/recovery-codes', text: texts('account.codes.renew'), of: '' }) })
  return summaryList(rows)
}

const STATES = { active: 'good', disabled: 'quiet', suspended: 'bad' } as const

/** Each soft token with what can be done about it now. */
export function tokenList(say: Saying, tokens: readonly TokenView[], pending: boolean): Content {
  const { texts } = say
  const columns = [
    texts('account.label'),
    texts('account.serial'),
    texts('account.state'),
    texts('account.last-used'),
    texts('account.actions'),
  ]
  const rows = tokens.map((token) => [
    token.label,
    html`<span class="mono code-part">${token.serialNumber}</span>`,
    stateOf(texts, token),
    token.lastUsedAt === undefined ? texts('account.never') : say.moment(token.lastUsedAt),
    rowActions(actionsOf(texts, token)),
  ])
  return [
    table({ caption: texts('account.tokens'), columns, rows, empty: texts('account.tokens.none') }),
    pending
      ? notePanel([
          paragraph(texts('account.tokens.pending')),
          form({ action: '/account/tokens/continue', body: plainButton(texts('account.tokens.go-on')) }),
        ])
      : '',
    buttonRow(linkButton('/account/tokens/add', texts('account.add.title'))),
  ]
}

const REASONS: Readonly<Record<string, TextId>> = {
  lost: 'account.reason.lost',
  'wrong-codes': 'account.reason.wrong-codes',
  operator: 'account.reason.operator',
  repudiated: 'account.reason.repudiated',
}

function stateOf(texts: Texts, { state, reason }: TokenView): Content {
  const why = state === 'suspended' && reason !== undefined ? REASONS[reason] : undefined
  const shown = badge(texts(`account.state.${state}`), STATES[state])
  return why === undefined ? shown : [shown, html` ${texts(why)}`]
}

/** What applies in a token's state, and nothing else. */
function actionsOf(texts: Texts, { id, label: of, state }: TokenView): Html[] {
  const path = `/account/tokens/${id}`
  const link = (href: string, text: TextId): Html => rowLink({ href, text: texts(text), of })
  return [
    link(`${path}/rename`, 'account.rename'),
    ...(state === 'active' ? [rowButton({ action: `${path}/disable`, text: texts('account.disable'), of })] : []),
    ...(state === 'disabled' ? [rowButton({ action: `${path}/enable`, text: texts('account.enable'), of })] : []),
    ...(state === 'active' ? [link(`${path}/synchronise`, 'account.synchronise')] : []),
    ...(state === 'active' ? [link(`/account/unlock?token=${id}`, 'account.unlock')] : []),
    link(`/account/recreate?token=${id}`, 'account.recreate'),
    link(`${path}/delete`, 'account.delete'),
  ]
}

/** Mail addresses; one that nobody has shown to be theirs can be mailed to again. */
export function addressList({ texts, moment }: Saying, addresses: readonly Address[], now: number): Content {
  const rows = addresses.map(({ id, address, verifiedAt, recoveryFrom }) => {
    const at = `/account/addresses/${id}`
    const remove = rowButton({ action: `${at}/remove`, text: texts('account.address.remove'), of: address, danger: true })
    if (verifiedAt === undefined) {
      const actions = rowActions([rowButton({ action: `${at}/link`, text: texts('account.address.again'), of: address }), remove])
      return { label: address, value: badge(texts('account.address.unverified')), actions }
    }
    const value =
      recoveryFrom !== undefined && recoveryFrom > now
        ? texts('account.address.recovery-from', { when: moment(recoveryFrom) })
        : badge(texts('account.address.verified'), 'good')
    return addresses.length > 1 ? { label: address, value, actions: remove } : { label: address, value }
  })
  return [
    rows.length === 0 ? html`<p class="empty">${texts('account.addresses.none')}</p>` : summaryList(rows),
    buttonRow(linkButton('/account/addresses/add', texts('account.address.add'))),
  ]
}

type Sessions = Awaited<ReturnType<typeof listSessions>>

/** Where the person is signed in, and a way to end each. */
export function sessionTable({ texts, moment }: Saying, sessions: Sessions, own: SessionId): Content {
  const columns = [
    texts('account.browser'),
    texts('account.address'),
    texts('account.since'),
    texts('account.last-seen'),
    texts('account.actions'),
  ]
  const rows = sessions.map(({ id, createdAt, lastSeenAt, origin }) => {
    const browser = browserOf(texts, origin?.browser)
    const of = texts('account.sessions.of', { browser, when: moment(createdAt) })
    return [
      id === own ? [browser, html` `, badge(texts('account.sessions.this'), 'live')] : browser,
      origin?.address ?? texts('account.unknown'),
      moment(createdAt),
      moment(lastSeenAt),
      rowButton({ action: id === own ? '/account/sign-out' : `/account/sessions/${id}/end`, text: texts('account.sign-out'), of }),
    ]
  })
  const others = form({ action: '/account/sessions/end-others', body: plainButton(texts('account.sessions.end-others')) })
  return [table({ caption: texts('account.sessions'), columns, rows }), sessions.length > 1 ? others : '']
}

/** What happened, in plain words. What a browser calls itself is never repeated: it could say anything. */
export function activityTable({ texts, moment }: Saying, events: readonly Activity[]): Html {
  const columns = [texts('account.what'), texts('account.outcome'), texts('account.when'), texts('account.from')]
  const rows = events.map((event) => {
    const { what, outcome, kind } = sayActivity(texts, event)
    const from =
      event.origin?.address === undefined ? texts('account.unknown') : `${browserOf(texts, event.origin.browser)}, ${event.origin.address}`
    return [what, badge(outcome, kind), moment(event.at), from]
  })
  return table({ caption: texts('account.activity'), columns, rows, empty: texts('account.activity.none') })
}

function browserOf(texts: Texts, browser: string | undefined): string {
  return (browser === undefined ? undefined : sayBrowser(browser)) ?? texts('account.unknown-browser')
}
