import { html } from 'hono/html'
import type { Assets } from '../http/assets.ts'
import { TWO_FACTORS } from '../sessions/rules.ts'
import type { Session } from '../sessions/store.ts'
import { DATE_LOCALE, type TextId, text } from '../texts.ts'
import { type Html, icon, renderPage } from './render-page.ts'

/** The dashboard shows; it changes nothing. */
export function dashboardPage(assets: Assets, session: Session): Html {
  return renderPage(assets, {
    title: text('dashboard.title'),
    lead: text('dashboard.lead', { name: session.name }),
    width: 'wide',
    menu: settingsMenu(),
    body: html`${panel('certificates', 'dashboard.certificates', noCertificates())}${panel('this-sign-in', 'dashboard.sign-in', signInFacts(session))}`,
  })
}

/** Opens without script by `popovertarget`; the first entry takes the focus when it opens. */
function settingsMenu(): Html {
  const label = html`${text('dashboard.settings')}${icon('chevron-down')}`
  const button = html`<button class="menu-button" type="button" id="settings" popovertarget="settings-menu" aria-haspopup="menu">${label}</button>`
  const account = html`<a class="menu-item" role="menuitem" autofocus href="/manage-account">${icon('user-round')}<span>${text('dashboard.manage-account')}</span></a>`
  const leave = html`<form method="post" action="/sign-out" role="none"><button class="menu-item" role="menuitem" type="submit">${icon('log-out')}<span>${text('dashboard.sign-out')}</span></button></form>`
  return html`<div class="menu">${button}<div class="menu-list" popover role="menu" id="settings-menu" aria-labelledby="settings">${account}${leave}</div></div>`
}

function panel(id: string, title: TextId, body: Html): Html {
  return html`<section class="panel" id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${text(title)}</h2>${body}</section>`
}

function noCertificates(): Html {
  return html`<p class="empty">${text('dashboard.none')}</p><p class="hint">${text('dashboard.none-detail')}</p>`
}

function signInFacts(session: Session): Html {
  const how = text(session.acr === TWO_FACTORS ? 'dashboard.two-factors' : 'dashboard.one-factor')
  const ends = text('dashboard.ends-detail', { time: localTime(session.endsAt, session.timeZone) })
  const when = html`<time datetime="${new Date(session.authenticatedAt).toISOString()}">${localTime(session.authenticatedAt, session.timeZone)}</time>`
  return html`<dl class="summary">${fact('dashboard.name', session.name)}${fact('dashboard.when', when)}${fact('dashboard.how', how)}${fact('dashboard.ends', ends)}</dl>`
}

function fact(label: TextId, value: string | Html): Html {
  return html`<div class="summary-row"><dt>${text(label)}</dt><dd>${value}</dd></div>`
}

/** A time in the person's own zone, which it names. */
function localTime(at: number, timeZone: string): string {
  const format = new Intl.DateTimeFormat(DATE_LOCALE, {
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone,
    timeZoneName: 'short',
  })
  return format.format(at)
}
