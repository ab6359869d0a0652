import type { IconName } from '@latchkey/design/icons'
import { html } from 'hono/html'
import { attributes, type Content, type Html } from './html.ts'
import { icon } from './icon.ts'

export type Action = { href: string; icon: IconName; title: string; detail?: string | undefined }

/** A list of links. Each is named by its title alone; the detail describes it. */
export function actionList(actions: readonly Action[], id = 'action'): Html {
  return html`<ul class="actions" role="list">${actions.map((action, index) => actionItem(action, `${id}-${index + 1}-detail`))}</ul>`
}

/** The link is stretched over the whole entry by the style sheet, so that the detail need not stand inside it. */
function actionItem({ href, icon: name, title, detail }: Action, id: string): Html {
  const described = attributes({ href, 'aria-describedby': detail === undefined ? undefined : id })
  const below = detail === undefined ? '' : html`<span class="action-detail" id="${id}">${detail}</span>`
  return html`<li class="action">${icon(name)}<div class="action-text"><a${described}>${title}</a>${below}</div>${icon('chevron-right')}</li>`
}

export type SummaryRow = { label: string; value: Content; actions?: Content | undefined }

/** Facts with what one can do about each: My account. */
export function summaryList(rows: readonly SummaryRow[]): Html {
  const drawn = rows.map(({ label, value, actions }) => {
    const last = actions === undefined ? '' : html`<dd class="summary-actions">${actions}</dd>`
    return html`<div class="summary-row"><dt>${label}</dt><dd>${value}</dd>${last}</div>`
  })
  return html`<dl class="summary">${drawn}</dl>`
}

/** Every column has a name; the first cell of a row says what the row is about. `empty` stands in the table's place where there are no rows. */
export type Table = { caption: string; columns: readonly string[]; rows: readonly (readonly Content[])[]; empty?: string | undefined }

/** Stacks on narrow screens. The roles are written out because `display: block` takes them away. */
export function table({ caption, columns, rows, empty }: Table): Html {
  if (rows.length === 0 && empty !== undefined) return html`<p class="empty">${empty}</p>`
  const head = columns.map((name) => html`<th role="columnheader" scope="col">${name}</th>`)
  const body = rows.map(
    (cells) => html`<tr role="row">${cells.map((content, index) => cell(content, columns[index] ?? '', index === 0))}</tr>`,
  )
  return html`<table class="table" role="table"><caption class="unseen">${caption}</caption><thead role="rowgroup"><tr role="row">${head}</tr></thead><tbody role="rowgroup">${body}</tbody></table>`
}

function cell(content: Content, column: string, first: boolean): Html {
  if (first) return html`<th role="rowheader" scope="row">${content}</th>`
  return html`<td role="cell"><span class="cell-label" aria-hidden="true">${column}</span><span class="cell-value">${content}</span></td>`
}

/** A state in a word, for a row of a table or a summary. */
export function badge(text: string, kind: 'good' | 'bad' | 'live' | 'quiet' = 'quiet'): Html {
  return html`<span class="badge badge-${kind}">${text}</span>`
}
