import { ICONS, type IconName } from '@latchkey/design/icons'
import { html, raw } from 'hono/html'
import type { Html } from './html.ts'

/** An icon beside a text: it says nothing to a screen reader. */
export function icon(name: IconName): Html {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${raw(ICONS[name])}</svg>`
}
