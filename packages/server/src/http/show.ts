import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Context } from '../context.ts'
import { type Flash, leaveFlash, takeFlash } from './flash.ts'
import { type Message, type PageModel, renderPage } from './page/page.ts'
import type { Request } from './request.ts'

/** A page as a room describes it: the rest is the same for all. */
export type Shown = Omit<PageModel, 'lang' | 'site' | 'skip' | 'message'> & { status?: ContentfulStatusCode }

/** Draws a page. What a form left to say stands on it. */
export async function showPage(request: Request, ctx: Context, page: Shown, flash?: Flash): Promise<Response> {
  const { lang, texts } = request.get('facts')
  const { status, ...model } = page
  const message: Message | undefined = flash && { kind: flash.kind, text: texts(flash.text, flash.values) }
  return request.html(await renderPage({ ...model, message, lang, site: ctx.config.organisation.name, skip: texts('skip') }), status ?? 200)
}

/** The word that was left for the page that is being drawn. */
export function flashFor(request: Request, ctx: Context): Flash | undefined {
  return takeFlash(request, ctx, request.req.path)
}

/** Answers a form: 303 to a page of ours. */
export function goTo(request: Request, path: string): Response {
  return request.redirect(forHeader(path), 303)
}

/** A path that was asked for has been decoded: what may not stand in a header is encoded again. */
function forHeader(path: string): string {
  return path.replaceAll(/[^\x21-\x7e]/gu, (symbol) => (symbol.isWellFormed() ? encodeURIComponent(symbol) : ''))
}

/** Answers a form with a refusal, said on the page at `path`. */
export function goBack(request: Request, ctx: Context, path: string, flash: Flash): Response {
  leaveFlash(request, ctx, path, flash)
  return goTo(request, path)
}
