import { html } from 'hono/html'
import type { Portal, Request } from '../context.ts'
import { text } from '../texts.ts'
import { NOTICES, type Notice } from './notices.ts'
import { linkButton, renderPage } from './render-page.ts'

/** Answers with the page and the status of a notice. */
export async function showNotice(portal: Portal, c: Request, notice: Notice): Promise<Response> {
  const { status, action, retryAfter } = NOTICES[notice]
  if (retryAfter !== undefined) c.header('Retry-After', String(retryAfter))
  const body = html`<p>${text(`${notice}.what`)}</p>${linkButton(action.href, text(action.label))}<p class="hint">${text('notice.reference', { id: c.var.requestId })}</p>`
  return c.html(renderPage(portal.assets, { title: text(`${notice}.title`), refusal: text(`${notice}.text`), width: 'card', body }), status)
}
