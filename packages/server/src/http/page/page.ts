import { html, raw } from 'hono/html'
import { attributes, type Content, type Html } from './html.ts'
import { icon } from './icon.ts'

/** `refusal` interrupts and gets the focus; `done` and `note` are read when the reader pauses. */
export type Message = { kind: 'refusal' | 'done' | 'note'; text: Content }

/** Where one is in a task: `now` counts from 1; `label` says the same in words (`Step 2 of 3`). */
export type Steps = { labels: readonly string[]; now: number; label: string }

export type PageModel = {
  /** BCP 47. */
  lang: string
  /** The h1, and with the site's name the document's title. */
  title: string
  /** `Latchkey`, or the organisation's name. */
  site: string
  /** A few words above the heading. */
  kicker?: string | undefined
  lead?: Content | undefined
  steps?: Steps | undefined
  message?: Message | undefined
  body: Content
  /** Below the card: help desk, links that are no part of the task. */
  foot?: Content | undefined
  /** `card` (one task) unless given; `wide` has no card of its own: its body is made of panels. */
  width?: 'card' | 'wide' | undefined
  /** See `menuButton`. */
  menu?: Content | undefined
  /** The skip link's text. */
  skip: string
  /** Path that says when to move on, see `data-poll` in page.js. */
  poll?: string | undefined
  /** The browser asks before the page is left other than by its form: codes that are shown once. */
  warnLeaving?: boolean | undefined
}

/** The id of the message: what a refused field is described by. */
export const MESSAGE_ID = 'message'

/** A whole document. Works without script; page.js adds to it by data attributes. */
export function renderPage(model: PageModel): Html {
  const width = model.width ?? 'card'
  return html`<!doctype html>
<html lang="${model.lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${model.title} · ${model.site}</title>
<link rel="icon" href="/assets/favicon.svg" type="image/svg+xml">
<link rel="preload" href="/assets/inter-latin.woff2" as="font" type="font/woff2" crossorigin>
<link rel="stylesheet" href="/assets/tokens.css">
<link rel="stylesheet" href="/assets/style.css">
<script src="/assets/page.js" defer></script>
</head>
<body class="page page-${width}"${attributes({ 'data-poll': model.poll, 'data-warn-leaving': model.warnLeaving })}>
<a class="skip" href="#main">${model.skip}</a>
<header class="bar"><span class="brand">${mark()}<span>${model.site}</span></span>${model.menu ?? ''}</header>
<main class="stage" id="main" tabindex="-1">
<div class="room">${model.message === undefined ? '' : messageBox(model.message)}</div>
<div class="sheet">
${model.steps === undefined ? '' : stepList(model.steps)}
${model.kicker === undefined ? '' : html`<p class="kicker">${model.kicker}</p>`}
<h1>${model.title}</h1>
${model.lead === undefined ? '' : html`<p class="lead">${model.lead}</p>`}
${model.body}
</div>
</main>
${model.foot === undefined ? '' : html`<footer class="foot">${model.foot}</footer>`}
</body>
</html>`
}

/** The product's mark: a key. */
function mark(): Html {
  return html`<svg class="mark" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${raw('<circle cx="8" cy="12" r="4"/><path d="M12 12h9m-3 0v4"/>')}</svg>`
}

const MESSAGE_ICONS = { refusal: 'circle-alert', done: 'circle-check', note: 'info' } as const

/** `autofocus` takes the reader to a refusal without script. */
function messageBox({ kind, text }: Message): Html {
  const refused = kind === 'refusal'
  const list = {
    class: `message message-${kind}`,
    id: MESSAGE_ID,
    role: refused ? 'alert' : 'status',
    tabindex: refused ? -1 : undefined,
    autofocus: refused,
  }
  return html`<div${attributes(list)}>${icon(MESSAGE_ICONS[kind])}<div>${text}</div></div>`
}

function stepList({ labels, now, label }: Steps): Html {
  const items = labels.map((text, index) => {
    const current = index + 1 === now
    const state = current ? 'now' : index + 1 < now ? 'past' : 'ahead'
    return html`<li${attributes({ class: `step step-${state}`, 'aria-current': current ? 'step' : undefined })}><span>${text}</span></li>`
  })
  return html`<ol class="steps" aria-label="${label}">${items}</ol>`
}
