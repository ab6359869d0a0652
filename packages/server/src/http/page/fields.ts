import { html } from 'hono/html'
import { type AttributeValue, attributes, type Content, type Html, idList } from './html.ts'
import { icon } from './icon.ts'
import { MESSAGE_ID } from './page.ts'

/** What every field has. `invalid`: the page's message is about this field. `required` unless it says no. */
type Field = {
  name: string
  label: string
  hint?: Content | undefined
  invalid?: boolean | undefined
  required?: boolean | undefined
  autofocus?: boolean | undefined
}

export type TextField = Field & {
  type?: 'text' | 'email' | 'tel' | 'search' | undefined
  value?: string | undefined
  autocomplete: string
  inputmode?: string | undefined
  maxlength?: number | undefined
  spellcheck?: boolean | undefined
  mono?: boolean | undefined
}

/** `reveal` holds the two texts of the button that only script brings. */
export type PasswordField = Field & {
  autocomplete: 'current-password' | 'new-password' | 'off'
  reveal: { show: string; hide: string }
  maxlength?: number | undefined
}

/** `groups`: how many symbols each group has, `[4, 4, 4]`; what was typed comes back in `value`, which no secret may. */
export type CodeField = Field & {
  groups?: readonly number[] | undefined
  inputmode?: 'text' | 'numeric' | undefined
  value?: string | undefined
}

export type SelectField = Field & {
  options: readonly { value: string; text: string }[]
  value?: string | undefined
  /** The first entry, with no value: a choice has to be made. */
  choose?: string | undefined
}

export type Checkbox = {
  name: string
  label: Content
  checked?: boolean | undefined
  required?: boolean | undefined
  value?: string | undefined
  invalid?: boolean | undefined
  hint?: Content | undefined
}

/** The id of a field's control, for a link to it. */
export function fieldId(name: string): string {
  return `field-${name}`
}

export function textField(field: TextField): Html {
  const list = {
    type: field.type ?? 'text',
    value: field.value,
    autocomplete: field.autocomplete,
    inputmode: field.inputmode,
    maxlength: field.maxlength,
    spellcheck: field.spellcheck === undefined ? undefined : String(field.spellcheck),
    class: field.mono === true ? 'input mono' : 'input',
  }
  return row(field, html`<input${control(field, list)}>`)
}

/** A password never comes back: there is no value. */
export function passwordField(field: PasswordField): Html {
  const list = {
    type: 'password',
    autocomplete: field.autocomplete,
    maxlength: field.maxlength,
    spellcheck: 'false',
    autocapitalize: 'none',
    class: 'input',
  }
  const { show, hide } = field.reveal
  const toggle = attributes({
    'data-reveal': `#${fieldId(field.name)}`,
    'data-hide': hide,
    'aria-describedby': `${fieldId(field.name)}-label`,
  })
  return row(
    field,
    html`<div class="reveal"><input${control(field, list)}><button type="button" class="reveal-button" hidden${toggle}>${icon('eye')}<span>${show}</span></button></div>`,
  )
}

/** Typed codes are never remembered by the browser, nor corrected; page.js puts separators between groups. */
export function codeField(field: CodeField): Html {
  const list = {
    type: 'text',
    value: field.value,
    autocomplete: 'off',
    autocapitalize: 'characters',
    autocorrect: 'off',
    spellcheck: 'false',
    inputmode: field.inputmode ?? 'text',
    'data-groups': field.groups?.join('-'),
    class: 'input code-input',
  }
  return row(field, html`<input${control(field, list)}>`)
}

export function selectField(field: SelectField): Html {
  const first = field.choose === undefined ? '' : html`<option value="">${field.choose}</option>`
  const options = field.options.map(
    ({ value, text }) => html`<option${attributes({ value, selected: value === field.value })}>${text}</option>`,
  )
  return row(
    field,
    html`<div class="select"><select${control(field, { class: 'input' })}>${first}${options}</select>${icon('chevron-down')}</div>`,
  )
}

export function checkbox({ name, label, checked, required, value, invalid, hint }: Checkbox): Html {
  const id = fieldId(name)
  const list = attributes({
    type: 'checkbox',
    id,
    name,
    value: value ?? 'yes',
    checked,
    required,
    'aria-invalid': invalid === true ? 'true' : undefined,
    'aria-describedby': idList(invalid === true && MESSAGE_ID, hint !== undefined && `${id}-hint`),
  })
  const below = hint === undefined ? '' : html`<p class="hint" id="${id}-hint">${hint}</p>`
  return html`<div class="check"><input${list}><div><label for="${id}">${label}</label>${below}</div></div>`
}

export function hiddenField(name: string, value: string): Html {
  return html`<input${attributes({ type: 'hidden', name, value })}>`
}

function control(field: Field, own: Readonly<Record<string, AttributeValue>>): Html {
  const id = fieldId(field.name)
  return attributes({
    id,
    name: field.name,
    ...own,
    required: field.required ?? true,
    autofocus: field.autofocus,
    'aria-invalid': field.invalid === true ? 'true' : undefined,
    'aria-describedby': idList(field.invalid === true && MESSAGE_ID, field.hint !== undefined && `${id}-hint`),
  })
}

function row(field: Field, input: Html): Html {
  const id = fieldId(field.name)
  const hint = field.hint === undefined ? '' : html`<p class="hint" id="${id}-hint">${field.hint}</p>`
  return html`<div class="field"><label for="${id}" id="${id}-label">${field.label}</label>${input}${hint}</div>`
}
