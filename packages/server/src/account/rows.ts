import { html } from 'hono/html'
import { attributes, type Html } from '../http/page/html.ts'

/** What one can do about one of several things: `text` is what the eye reads, `of` what a screen reader adds (`Rename`, `Work`). */
type RowAction = { text: string; of: string }

export function rowLink({ href, text, of }: RowAction & { href: string }): Html {
  return html`<a href="${href}">${named(text, of)}</a>`
}

export function rowButton({ action, text, of, danger }: RowAction & { action: string; danger?: boolean }): Html {
  const list = { class: `button ${danger === true ? 'button-danger' : 'button-plain'}`, type: 'submit' }
  return html`<form class="form" method="post" action="${action}"><button${attributes(list)}>${named(text, of)}</button></form>`
}

/** The actions of a row, wrapping where there is no room. */
export function rowActions(actions: readonly Html[]): Html {
  return html`<div class="summary-actions">${actions}</div>`
}

function named(text: string, of: string): Html {
  return html`${text}<span class="unseen"> ${of}</span>`
}
