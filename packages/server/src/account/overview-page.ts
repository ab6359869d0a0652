import { recentActivity } from '../audit/recent-activity.ts'
import type { Context } from '../context.ts'
import { menuButton } from '../http/page/menu.ts'
import { notePanel, panel, paragraph } from '../http/page/parts.ts'
import type { Request } from '../http/request.ts'
import { flashFor, showPage } from '../http/show.ts'
import { sayTrouble } from '../http/trouble.ts'
import { hasQuestions } from '../questions/has-questions.ts'
import { countRecoveryCodes } from '../recovery-codes/count-recovery-codes.ts'
import { listSessions } from '../sessions/list-sessions.ts'
import { sayShortMoment, type Texts } from '../texts/texts.ts'
import { findActivation } from '../tokens/find-activation.ts'
import { listTokens } from '../tokens/list-tokens.ts'
import { findUser } from '../users/find-user.ts'
import { listAddresses } from '../users/list-addresses.ts'
import type { Person } from '../users/person.ts'
import { activityTable, addressList, sessionTable, tokenList, waysList } from './panels.ts'
import { passwordChangedAt } from './password-changed-at.ts'
import { preferencesForm } from './preference-pages.ts'

const EVENTS_SHOWN = 20

/** How a page of a person says things: texts, and moments in their time zone. */
export type Saying = { texts: Texts; moment: (ms: number) => string }

/** `My account`: everything at a glance, and a way to change each. */
export async function showOverview(request: Request, ctx: Context): Promise<Response> {
  const { user, wrongCodes } = request.get('session')
  const { texts } = request.get('facts')
  const person = await findUser(ctx, user)
  if (person === undefined) return sayTrouble(request, ctx.config, 404)
  const say: Saying = { texts, moment: (ms) => sayShortMoment(ms, person.locale, person.timeZone) }
  const panels = await drawPanels(request, ctx, person, say)
  return showPage(
    request,
    ctx,
    {
      title: texts('account.title'),
      lead: person.displayName === person.loginName ? person.loginName : `${person.displayName} (${person.loginName})`,
      width: 'wide',
      menu: menuOf(ctx, texts),
      body: [wrongCodes > 0 ? wrongCodesNote(texts, wrongCodes) : '', ...panels],
    },
    flashFor(request, ctx),
  )
}

async function drawPanels(request: Request, ctx: Context, person: Person, say: Saying) {
  const { texts } = say
  const { id: own } = request.get('session')
  const user = person.id
  const asksQuestions = ctx.config.recovery.proofs.includes('security-questions')
  const ways = waysList(say, {
    passwordChangedAt: await passwordChangedAt(ctx, user),
    questions: asksQuestions ? await hasQuestions(ctx, user) : undefined,
    codes: await countRecoveryCodes(ctx, user),
  })
  const tokens = tokenList(say, await listTokens(ctx, user), (await findActivation(ctx, user)) !== undefined)
  const sessions = sessionTable(say, await listSessions(ctx, user), own)
  const activity = activityTable(say, await recentActivity(ctx, user, EVENTS_SHOWN))
  return [
    panel({ id: 'ways', title: texts('account.ways'), body: ways }),
    panel({ id: 'tokens', title: texts('account.tokens'), body: tokens }),
    panel({
      id: 'addresses',
      title: texts('account.addresses'),
      lead: texts('account.addresses.lead'),
      body: addressList(say, await listAddresses(ctx, user), ctx.now()),
    }),
    panel({ id: 'sessions', title: texts('account.sessions'), lead: texts('account.sessions.lead'), body: sessions }),
    panel({ id: 'preferences', title: texts('account.preferences'), body: preferencesForm(texts, person) }),
    panel({ id: 'activity', title: texts('account.activity'), body: activity }),
  ]
}

function wrongCodesNote(texts: Texts, n: number) {
  return notePanel(paragraph(texts(n === 1 ? 'account.wrong-code' : 'account.wrong-codes', { n })), 'warning')
}

function menuOf(ctx: Context, texts: Texts) {
  const { portal } = ctx.config
  return menuButton({
    id: 'settings',
    label: texts('account.menu'),
    items: [
      ...(portal.enabled ? [{ href: `${portal.url}/dashboard`, text: texts('account.to-portal') }] : []),
      { action: '/account/sign-out', text: texts('account.sign-out'), icon: 'log-out' },
    ],
  })
}
