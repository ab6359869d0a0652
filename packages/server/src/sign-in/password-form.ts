import type { Flash } from '../http/flash.ts'
import { passwordField, textField } from '../http/page/fields.ts'
import type { Html } from '../http/page/html.ts'
import { form, primaryButton } from '../http/page/parts.ts'
import type { Request } from '../http/request.ts'

/** User name and password, wherever they are asked for. After a refusal the name is kept, the password is not. */
export function passwordForm(
  request: Request,
  { action, button, flash }: { action: string; button: string; flash: Flash | undefined },
): Html {
  const { texts } = request.get('facts')
  const invalid = flash?.kind === 'refusal'
  const name = {
    name: 'name',
    label: texts('sign-in.user-name'),
    autocomplete: 'username',
    value: flash?.typed?.['name'],
    spellcheck: false,
  }
  const password = { name: 'password', label: texts('sign-in.password'), autocomplete: 'current-password' } as const
  const reveal = { show: texts('button.show'), hide: texts('button.hide') }
  return form({
    action,
    checking: texts('checking'),
    body: [
      textField({ ...name, invalid, autofocus: flash === undefined }),
      passwordField({ ...password, reveal, invalid }),
      primaryButton(button),
    ],
  })
}
