import { html } from 'hono/html'
import type { Assets } from '../http/assets.ts'
import { text } from '../texts.ts'
import { type Html, linkButton, renderPage } from './render-page.ts'

/** The front page: the same for everybody, so that it shows while the identity server is away. */
export function frontPage(assets: Assets): Html {
  return renderPage(assets, {
    title: text('front.title'),
    lead: text('front.lead'),
    width: 'card',
    body: html`<p>${text('front.how')}</p>${linkButton('/sign-in', text('front.sign-in'))}`,
  })
}
