import { Hono } from 'hono'
import { z } from 'zod'
import type { Context } from '../context.ts'
import { readForm } from '../http/form.ts'
import { selectField } from '../http/page/fields.ts'
import type { Content } from '../http/page/html.ts'
import { form, primaryButton } from '../http/page/parts.ts'
import { callerOf, type Env } from '../http/request.ts'
import { goBack } from '../http/show.ts'
import { LOCALES, type Texts } from '../texts/texts.ts'
import type { Person } from '../users/person.ts'
import { setLocale } from '../users/set-locale.ts'
import { setTimeZone } from '../users/set-time-zone.ts'
import type { Guard } from './pages.ts'

const HOME = '/account'
const LONGEST = 64
const PreferencesForm = z.object({ locale: z.enum(LOCALES), timeZone: z.string().max(LONGEST) })

/** Language and time zone: in which a person reads pages and mails, and the times in them. */
export function preferencePages(ctx: Context, guard: Guard): Hono<Env> {
  return new Hono<Env>().post('/account/preferences', guard, async (request) => {
    const { locale, timeZone } = await readForm(request, PreferencesForm)
    const { user } = request.get('session')
    const zone = await setTimeZone(ctx, callerOf(request), user, timeZone)
    if (zone.outcome === 'unknown')
      return goBack(request, ctx, HOME, { kind: 'refusal', text: 'account.preferences.unknown-zone', field: 'timeZone' })
    await setLocale(ctx, callerOf(request), user, locale)
    return goBack(request, ctx, HOME, { kind: 'done', text: 'account.preferences.saved' })
  })
}

export function preferencesForm(texts: Texts, { locale, timeZone }: Person): Content {
  return form({
    action: '/account/preferences',
    checking: texts('checking'),
    body: [
      selectField({ name: 'locale', label: texts('account.language'), options: languages(), value: locale }),
      selectField({ name: 'timeZone', label: texts('account.time-zone'), options: timeZones(timeZone), value: timeZone }),
      primaryButton(texts('account.save')),
    ],
  })
}

/** Each by its own name. */
function languages() {
  return LOCALES.map((tag) => ({ value: tag, text: new Intl.DisplayNames([tag], { type: 'language' }).of(tag) ?? tag }))
}

/** Those that there are, UTC, and the person's own, however it came to be chosen. */
function timeZones(own: string) {
  const names = new Set([...Intl.supportedValuesOf('timeZone'), 'UTC', own])
  return [...names].sort().map((name) => ({ value: name, text: name.replaceAll('_', ' ') }))
}
