import { html, raw } from 'hono/html'
import { attributes, type Content, type Html } from './html.ts'
import { icon } from './icon.ts'

/** `code` is grouped already, with `-` or spaces; `copy` and `copied` are the Copy button's texts, which only script shows. */
export type CodeGroup = { id: string; label: string; code: string; copy?: string | undefined; copied?: string | undefined }

/**
 * A code on a page: an element with role `group`, named by its label, whose text without spaces and hyphens is the code and nothing else.
 * Therefore the label and the button stand outside it.
 */
export function codeGroup({ id, label, code, copy, copied }: CodeGroup): Html {
  const button = copy === undefined ? '' : copyButton(id, copy, copied)
  return html`<div class="code-block"><div class="code-head"><span class="label" id="${id}-label">${label}</span>${button}</div><div class="code" role="group" id="${id}" aria-labelledby="${id}-label">${grouped(code)}</div></div>`
}

/** A code or a serial number in a line of text or a cell. */
export function inlineCode(code: string): Html {
  return html`<span class="mono">${code}</span>`
}

/** The codes stand one an entry; `filename` and `heading` are for the file, whose lines are the heading and the codes. */
export type CodeList = {
  id: string
  label: string
  codes: readonly string[]
  download: string
  filename: string
  heading: string
  print: string
  copy: string
  copied?: string | undefined
}

/** Codes that are shown once, to be kept. The buttons come with script; without it, the browser's own print and save serve. */
export function codeList(list: CodeList): Html {
  const target = `#${list.id}`
  const tools = [
    html`<button${attributes({ type: 'button', class: 'tool', hidden: true, 'data-download': target, 'data-filename': list.filename, 'data-heading': list.heading })}>${icon('download')}<span>${list.download}</span></button>`,
    copyButton(list.id, list.copy, list.copied),
    html`<button type="button" class="tool" hidden data-print>${icon('printer')}<span>${list.print}</span></button>`,
  ]
  const items = list.codes.map((code) => html`<li data-line>${grouped(code)}</li>`)
  return html`<div class="code-list"><div role="group" id="${list.id}" aria-label="${list.label}"><ol role="list">${items}</ol></div><div class="tools">${tools}</div></div>`
}

/** Times are in milliseconds since 1970; `text` and `over` are texts in which `{time}` stands for what is left, `9:42`. */
export type Countdown = { until: number; now: number; text: string; over: string }

/** The time that is left when the page is drawn; page.js counts on from there by how long the page is open, not by the reader's clock. */
export function countdown({ until, now, text, over }: Countdown): Html {
  const shown = until > now ? text.replace('{time}', timeLeft(until - now)) : over
  const list = { class: 'countdown', role: 'timer', 'data-expires': until, 'data-now': now, 'data-text': text, 'data-over': over }
  return html`<span${attributes(list)}>${shown}</span>`
}

/** `9:42`, or `2:09:42` from an hour on; the last begun second counts. */
export function timeLeft(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000))
  const two = (value: number) => String(value).padStart(2, '0')
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`
}

/** `svg` is markup that our own encoder drew: it is not escaped. Always dark on white with a quiet zone, whatever the theme. */
export function qrCode({ svg, alt, beside }: { svg: string; alt: string; beside?: Content | undefined }): Html {
  const picture = html`<div class="qr" role="img" aria-label="${alt}">${raw(svg)}</div>`
  return beside === undefined ? picture : html`<div class="qr-row">${picture}<div class="qr-beside">${beside}</div></div>`
}

function copyButton(target: string, text: string, done: string | undefined): Html {
  const list = {
    type: 'button',
    class: 'tool',
    hidden: true,
    'data-copy': `#${target}`,
    'data-done': done,
    'aria-describedby': `${target}-label`,
  }
  return html`<button${attributes(list)}>${icon('copy')}<span>${text}</span></button>`
}

/** Lines break between groups only. A separator is part of the text, so that what is copied by hand is whole. */
function grouped(code: string): Html {
  const pieces = code.split(/([- ])/)
  return html`${pieces.map((piece) => (/^[- ]$/.test(piece) ? html`<span class="code-gap">${piece}</span><wbr>` : html`<span class="code-part">${piece}</span>`))}`
}
