import { html } from 'hono/html'
import { attributes, type Content, type Html } from './html.ts'

/** `checking` is what the pressed button says until the answer comes. Every form posts. */
export type Form = { action: string; body: Content; checking?: string | undefined; danger?: boolean | undefined }

export function form({ action, body, checking, danger }: Form): Html {
  const list = { class: danger === true ? 'form form-danger' : 'form', method: 'post', action, 'data-checking': checking }
  return html`<form${attributes(list)}>${body}</form>`
}

export type Pressed = {
  name?: string | undefined
  value?: string | undefined
  formaction?: string | undefined
  describedBy?: string | undefined
}

/** The one thing to do on this screen. */
export function primaryButton(text: string, pressed: Pressed = {}): Html {
  return button('button-primary', text, pressed)
}

export function plainButton(text: string, pressed: Pressed = {}): Html {
  return button('button-plain', text, pressed)
}

/** Ends or deletes something. */
export function dangerButton(text: string, pressed: Pressed = {}): Html {
  return button('button-danger', text, pressed)
}

/** A link that looks like a button: it leads somewhere and changes nothing. */
export function linkButton(href: string, text: string, kind: 'primary' | 'plain' = 'plain'): Html {
  return html`<a class="button button-${kind}" href="${href}">${text}</a>`
}

/** Buttons side by side, wrapping where there is no room; the first is the one that most want. */
export function buttonRow(...buttons: readonly Html[]): Html {
  return html`<div class="buttons">${buttons}</div>`
}

/** Other ways to go, below the form; `lead` says in a few words what they are. */
export function links(items: readonly { href: string; text: string }[], lead?: string): Html {
  const list = html`<ul class="links" role="list">${items.map(({ href, text }) => html`<li><a href="${href}">${text}</a></li>`)}</ul>`
  return lead === undefined ? list : html`<div class="ways"><p class="ways-lead">${lead}</p>${list}</div>`
}

/** Something to know before going on. It is part of the page, not an answer to what was just done: see `Message` for that. */
export function notePanel(content: Content, kind: 'note' | 'warning' = 'note'): Html {
  return html`<div class="note note-${kind}">${content}</div>`
}

/** A section of a wide page, with a heading of its own; `id` is unique on the page. */
export function panel({ id, title, lead, body }: { id: string; title: string; lead?: Content | undefined; body: Content }): Html {
  const below = lead === undefined ? '' : html`<p class="lead">${lead}</p>`
  return html`<section class="panel" id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${below}${body}</section>`
}

export function paragraph(content: Content): Html {
  return html`<p>${content}</p>`
}

function button(kind: string, text: string, { name, value, formaction, describedBy }: Pressed): Html {
  return html`<button${attributes({ class: `button ${kind}`, type: 'submit', name, value, formaction, 'aria-describedby': describedBy })}>${text}</button>`
}
