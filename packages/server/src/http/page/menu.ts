import type { IconName } from '@latchkey/design/icons'
import { html } from 'hono/html'
import { hiddenField } from './fields.ts'
import { attributes, type Html } from './html.ts'
import { icon } from './icon.ts'

/** A link, or with `action` a form of one button: what changes something is posted. */
export type MenuItem =
  | { href: string; text: string; icon?: IconName | undefined }
  | { action: string; text: string; icon?: IconName | undefined; fields?: Readonly<Record<string, string>> | undefined }

/** Opens without script by `popovertarget`; page.js adds the arrow keys. */
export function menuButton({ id, label, items }: { id: string; label: string; items: readonly MenuItem[] }): Html {
  const button = attributes({ class: 'menu-button', type: 'button', id, popovertarget: `${id}-menu`, 'aria-haspopup': 'menu' })
  return html`<div class="menu"><button${button}>${label}${icon('chevron-down')}</button><div class="menu-list" popover role="menu" id="${id}-menu" aria-labelledby="${id}">${items.map(menuItem)}</div></div>`
}

/** The first entry takes the focus when the menu opens. */
function menuItem(item: MenuItem, index: number): Html {
  const list = { class: 'menu-item', role: 'menuitem', autofocus: index === 0 }
  const inside = html`${item.icon === undefined ? '' : icon(item.icon)}<span>${item.text}</span>`
  if ('href' in item) return html`<a${attributes({ ...list, href: item.href })}>${inside}</a>`
  const fields = Object.entries(item.fields ?? {}).map(([name, value]) => hiddenField(name, value))
  return html`<form method="post" action="${item.action}" role="none">${fields}<button${attributes({ ...list, type: 'submit' })}>${inside}</button></form>`
}
