import { Hono } from 'hono'
import { sessionsToKeep } from '../activation/sessions-to-keep.ts'
import { form, links, primaryButton } from '../http/page/parts.ts'
import type { Env, Request } from '../http/request.ts'
import { flashFor, goBack, goTo, showPage } from '../http/show.ts'
import type { SessionId } from '../ids.ts'
import { shownOnce } from '../shown-once/show-once.ts'
import type { Desk } from './desk.ts'
import { passwordStep, takePassword } from './password-step.ts'
import { questionsStep, takeQuestions } from './questions-step.ts'
import { recoveryCodesStep, renewCodes, takeSaved } from './recovery-codes-step.ts'
import { recreatePages, refuseForNow } from './recreate-pages.ts'
import { unlockPages } from './unlock-pages.ts'

/** Every action that self-administration and `My account` have in common, below the desk's prefix. */
export function actionPages(desk: Desk): Hono<Env> {
  const pages = new Hono<Env>()
  pages.route('/', recreatePages(desk))
  pages.route('/', unlockPages(desk))
  if (desk.ctx.config.recovery.proofs.includes('security-questions')) addQuestions(pages, desk)
  addPassword(pages, desk)
  addRecoveryCodes(pages, desk)
  return pages
}

/** A new proof of another kind would open at once the tokens for which the one that reset the password waits. */
function addQuestions(pages: Hono<Env>, desk: Desk): void {
  const at = `${desk.prefix}/security-questions`
  pages.get(at, desk.guard, async (request) => {
    const wait = await refuseForNow(request, desk)
    if (wait !== undefined) return wait
    const { texts } = request.get('facts')
    const flash = flashFor(request, desk.ctx)
    const body = [questionsStep(request, at, flash), back(request, desk)]
    return showPage(request, desk.ctx, { title: texts('questions.title'), lead: texts('questions.lead'), body }, flash)
  })
  pages.post(at, desk.guard, async (request) => {
    const wait = await refuseForNow(request, desk)
    if (wait !== undefined) return wait
    const { user, id } = request.get('session')
    const refusal = await takeQuestions(request, desk.ctx, { user, session: id }, await ownSessions(request, desk))
    if (refusal === 'session-over') return goTo(request, desk.home)
    return refusal === undefined
      ? goBack(request, desk.ctx, desk.home, { kind: 'done', text: 'questions.saved' })
      : goBack(request, desk.ctx, at, refusal)
  })
}

function addPassword(pages: Hono<Env>, desk: Desk): void {
  const at = `${desk.prefix}/password`
  pages.get(at, desk.guard, (request) => {
    const { texts } = request.get('facts')
    const flash = flashFor(request, desk.ctx)
    const body = [passwordStep(request, desk.ctx, at, flash), back(request, desk)]
    return showPage(request, desk.ctx, { title: texts('password.title'), body }, flash)
  })
  pages.post(at, desk.guard, async (request) => {
    const session = request.get('session')
    const refusal = await takePassword(request, desk.ctx, session.user, { keep: await ownSessions(request, desk), acting: session.id })
    return refusal === undefined
      ? goBack(request, desk.ctx, desk.home, { kind: 'done', text: 'password.changed' })
      : goBack(request, desk.ctx, at, refusal)
  })
}

/** The sessions of this browser go on when all others end. */
function ownSessions(request: Request, desk: Desk): Promise<SessionId[]> {
  const { user, id } = request.get('session')
  return sessionsToKeep(request, desk.ctx, { user, session: id })
}

/** They wait as questions do. */
function addRecoveryCodes(pages: Hono<Env>, desk: Desk): void {
  const at = `${desk.prefix}/recovery-codes`
  pages.get(at, desk.guard, async (request) => (await refuseForNow(request, desk)) ?? showRecoveryCodes(request, desk, at))
  pages.post(`${at}/renew`, desk.guard, async (request) => {
    const wait = await refuseForNow(request, desk)
    if (wait !== undefined) return wait
    const { user, id } = request.get('session')
    await renewCodes(request, desk.ctx, { user, session: id })
    return goTo(request, at)
  })
  pages.post(at, desk.guard, async (request) => {
    const { user, id } = request.get('session')
    const refusal = await takeSaved(request, desk.ctx, { user, session: id })
    return refusal === undefined
      ? goBack(request, desk.ctx, desk.home, { kind: 'done', text: 'recovery-codes.done' })
      : goBack(request, desk.ctx, at, refusal)
  })
}

/** Until new ones are asked for, the page says what that does; then it shows them. */
async function showRecoveryCodes(request: Request, desk: Desk, at: string): Promise<Response> {
  const { texts } = request.get('facts')
  const { user, id } = request.get('session')
  const flash = flashFor(request, desk.ctx)
  const shown = (await shownOnce(desk.ctx, id, 'recovery-codes'))?.split('\n')
  const title = texts('recovery-codes.title')
  if (shown === undefined) {
    const renew = form({ action: `${at}/renew`, checking: texts('checking'), body: primaryButton(texts('recovery-codes.renew')) })
    return showPage(request, desk.ctx, { title, lead: texts('recovery-codes.renew.lead'), body: [renew, back(request, desk)] }, flash)
  }
  const body = await recoveryCodesStep(request, desk.ctx, user, at, shown, flash)
  return showPage(request, desk.ctx, { title, lead: texts('recovery-codes.lead'), body }, flash)
}

function back(request: Request, desk: Desk) {
  return links([{ href: desk.home, text: request.get('facts').texts('link.back') }])
}
