import type { IncomingMessage } from 'node:http'
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { Context } from '../../context.ts'
import { renderPage } from '../../http/page/page.ts'
import { paragraph } from '../../http/page/parts.ts'
import { type TextId, textsFor } from '../../texts/texts.ts'
import { requestIdOf } from './raw-answer.ts'

/** Says that a request of a relying party cannot be answered. Its kind and the request's id are all that it tells. */
export async function renderOidcError(ctx: Context, koa: KoaContextWithOIDC, out: { error: string }): Promise<void> {
  koa.type = 'html'
  koa.body = await oidcErrorPage(ctx, koa.req, koa.status, out.error)
}

export async function oidcErrorPage(ctx: Context, request: IncomingMessage, status: number, error: string): Promise<string> {
  const texts = textsFor('en')
  const id = requestIdOf(request)
  return String(
    await renderPage({
      lang: 'en',
      title: texts('oidc.error.title'),
      site: ctx.config.organisation.name,
      lead: texts(leadOf(status, error)),
      skip: texts('skip'),
      body: paragraph(texts('oidc.error.code', { error, id })),
    }),
  )
}

function leadOf(status: number, error: string): TextId {
  if (status >= 500) return 'oidc.error.server'
  return error === 'session_not_found' ? 'oidc.error.over' : 'oidc.error.lead'
}
