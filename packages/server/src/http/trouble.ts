import type { Config } from '../config.ts'
import type { TextId } from '../texts/texts.ts'
import { renderPage } from './page/page.ts'
import { links, paragraph } from './page/parts.ts'
import type { Request } from './request.ts'

/** What can be wrong with a request as such. */
export type Trouble = 400 | 403 | 404 | 405 | 413 | 415 | 429 | 500 | 503

const ADVICE: Readonly<Record<Trouble, { title: TextId; advice: TextId }>> = {
  400: { title: 'trouble.400', advice: 'trouble.400.advice' },
  403: { title: 'trouble.403', advice: 'trouble.403.advice' },
  404: { title: 'trouble.404', advice: 'trouble.404.advice' },
  405: { title: 'trouble.400', advice: 'trouble.400.advice' },
  413: { title: 'trouble.413', advice: 'trouble.413.advice' },
  415: { title: 'trouble.400', advice: 'trouble.400.advice' },
  429: { title: 'trouble.429', advice: 'trouble.429.advice' },
  500: { title: 'trouble.500', advice: 'trouble.500.advice' },
  503: { title: 'trouble.503', advice: 'trouble.503.advice' },
}

/** Says what is wrong, what to do, and the request's id, by which the log tells more. */
export async function sayTrouble(request: Request, config: Config, status: Trouble): Promise<Response> {
  const { id, lang, texts } = request.get('facts')
  const { title, advice } = ADVICE[status]
  if (status === 503) request.header('retry-after', '5')
  return request.html(
    await renderPage({
      lang,
      title: texts(title),
      site: config.organisation.name,
      lead: texts(advice),
      skip: texts('skip'),
      body: [paragraph(texts('trouble.id', { id })), links([{ href: '/', text: texts('trouble.home') }])],
    }),
    status,
  )
}
