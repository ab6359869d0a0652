import type { SerialNumber } from '@latchkey/protocol/codes/serial-number'
import { nameOf } from '@latchkey/soft-token/identity/rules'
import { useState } from 'preact/hooks'
import { Button, Way, Ways } from '../parts/button.tsx'
import { CodeField, TextField } from '../parts/fields.tsx'
import { Form } from '../parts/form.tsx'
import { Sheet } from '../parts/sheet.tsx'
import { useMessage } from '../parts/use-message.ts'
import { type Said, t } from '../texts/texts.ts'
import { checkCode, checkSerial, hintOf } from './check-typed.ts'
import type { Desk } from './desk.ts'
import { freeName, type Prefilled, type Ready } from './place.ts'

type Field = 'name' | 'serial' | 'code'
/** A name that nobody typed is the one that is suggested. */
type Typed = { name: string | undefined; serial: string; code: string }
type Refused = { field: Field; said: Said }

const EMPTY: Prefilled = { name: '', serial: '', code: '', ticket: undefined }

/** Serial number and activation code, typed; or a name alone, where a ticket brought the codes. */
export function AddIdentity({ desk, prefilled = EMPTY, nameTaken }: { desk: Desk; prefilled: Prefilled | undefined; nameTaken: boolean }) {
  const telling = useMessage(nameTaken ? { kind: 'refusal', said: { text: 'add.name-taken' }, nth: 0 } : undefined)
  const [invalid, setInvalid] = useState<Field | undefined>(nameTaken ? 'name' : undefined)
  const [typed, setTyped] = useState<Typed>({ ...prefilled, name: nameTaken ? prefilled.name : undefined })
  // What the site is called may come to be known while this is open.
  const name = typed.name ?? freeName(desk.listing, prefilled.name || (desk.site?.name ?? ''))
  const set = (field: Field) => (value: string) => {
    telling.quiet()
    setInvalid(undefined)
    setTyped((before) => ({ ...before, [field]: value }))
  }
  const byTicket = prefilled.ticket !== undefined
  const save = (): void => {
    const ready = readyOf(desk, { ...typed, name }, prefilled.ticket)
    if ('said' in ready) {
      setInvalid(ready.field)
      telling.refuse(ready.said)
    } else desk.go({ at: 'create-pin', identity: ready })
  }
  return (
    <Sheet title={t('add.title')} lead={t(byTicket ? 'add.lead.ticket' : 'add.lead')} message={telling.message}>
      <Form onSubmit={save}>
        <TextField
          label={t('add.name')}
          value={name}
          onInput={set('name')}
          invalid={invalid === 'name'}
          first={!nameTaken}
          hint={t('add.name-hint')}
        />
        {byTicket ? null : <Codes typed={typed} set={set} invalid={invalid} />}
        <Button kind="primary">{t('button.save')}</Button>
      </Form>
      <Ways>
        {byTicket ? null : <Way onPress={() => desk.go({ at: 'scan' })}>{t('button.scan')}</Way>}
        <Way onPress={() => void desk.settle()}>{t('button.back')}</Way>
      </Ways>
    </Sheet>
  )
}

function Codes({ typed, set, invalid }: { typed: Typed; set: (field: Field) => (value: string) => void; invalid: Field | undefined }) {
  const serial = checkSerial(typed.serial)
  const code = serial.ok && typed.code !== '' ? checkCode('activation', serial.value, typed.code) : undefined
  return (
    <>
      <CodeField
        label={t('add.serial')}
        value={typed.serial}
        onInput={set('serial')}
        invalid={invalid === 'serial'}
        groups={[5, 5]}
        digitsOnly
        plain={t('add.serial-hint')}
        hint={typed.serial === '' ? undefined : hintOf(serial)}
      />
      <CodeField
        label={t('add.code')}
        value={typed.code}
        onInput={set('code')}
        invalid={invalid === 'code'}
        groups={[4, 4, 4, 4, 4]}
        plain={t('add.code-hint')}
        hint={hintOf(code)}
      />
    </>
  )
}

/** What is damaged makes room for the same token, re-created; what cannot be read only now, or only here, does not. */
function isTaken({ identities, unreadable }: Desk['listing'], serial: SerialNumber): boolean {
  const kept = unreadable.filter(({ error }) => error !== 'vault-damaged')
  return [...identities, ...kept].some((one) => one.serial === serial)
}

/** Everything that is wrong, the first of it: name, serial number, code. */
function readyOf({ listing }: Desk, typed: Record<Field, string>, ticket: string | undefined): Ready | Refused {
  const label = nameOf(typed.name)
  if (label === undefined) return { field: 'name', said: { text: 'add.name-unusable' } }
  if (listing.identities.some((identity) => identity.label === label)) return { field: 'name', said: { text: 'add.name-taken' } }
  const serial = checkSerial(typed.serial)
  if (!serial.ok) return { field: 'serial', said: serial.hint.said }
  if (isTaken(listing, serial.value)) return { field: 'serial', said: { text: 'add.serial-taken' } }
  const code = checkCode('activation', serial.value, typed.code)
  return code.ok ? { label, serial: serial.value, code: code.value, ticket } : { field: 'code', said: code.hint.said }
}
