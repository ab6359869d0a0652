import { ICONS, type IconName } from '@latchkey/design/icons'
import { html, raw } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'
import type { Assets } from '../http/assets.ts'
import { LANGUAGE, text } from '../texts.ts'

/** Markup that is safe to send. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>

export type Page = { title: string; lead?: string; refusal?: string; body: Html; width: 'card' | 'wide'; menu?: Html }

/** A whole document in the shape that the design's style sheet knows. Complete without script. */
export function renderPage(assets: Assets, page: Page): Html {
  return html`<!doctype html>
<html lang="${LANGUAGE}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${page.title} · ${text('site.name')}</title>
<link rel="icon" href="${assets.href('favicon.svg')}" type="image/svg+xml">
<link rel="preload" href="/assets/inter-latin.woff2" as="font" type="font/woff2" crossorigin>
<link rel="stylesheet" href="${assets.href('tokens.css')}">
<link rel="stylesheet" href="${assets.href('style.css')}">
<script src="${assets.href('page.js')}" defer></script>
</head>
<body class="page page-${page.width}">
<a class="skip" href="#main">${text('page.skip')}</a>
<header class="bar"><span class="brand">${mark()}<span>${text('site.name')}</span></span>${page.menu ?? ''}</header>
<main class="stage" id="main" tabindex="-1">
<div class="room">${page.refusal === undefined ? '' : refusalBox(page.refusal)}</div>
<div class="sheet">
<h1>${page.title}</h1>
${page.lead === undefined ? '' : html`<p class="lead">${page.lead}</p>`}
${page.body}
</div>
</main>
</body>
</html>`
}

/** The product's mark: a key. */
function mark(): Html {
  return html`<svg class="mark" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${raw('<circle cx="8" cy="12" r="4"/><path d="M12 12h9m-3 0v4"/>')}</svg>`
}

/** `autofocus` takes the reader there without script. */
function refusalBox(message: string): Html {
  return html`<div class="message message-refusal" id="message" role="alert" tabindex="-1" autofocus>${icon('circle-alert')}<div>${message}</div></div>`
}

/** An icon beside a text: it says nothing to a screen reader. */
export function icon(name: IconName): Html {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${raw(ICONS[name])}</svg>`
}

/** A link that looks like a button. */
export function linkButton(href: string, label: string): Html {
  return html`<a class="button button-primary" href="${href}">${label}</a>`
}
