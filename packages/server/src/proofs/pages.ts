import { Hono } from 'hono'
import { z } from 'zod'
import type { Proof } from '../config.ts'
import type { Flash } from '../http/flash.ts'
import { readForm } from '../http/form.ts'
import { codeField, textField } from '../http/page/fields.ts'
import type { Content } from '../http/page/html.ts'
import { form, links, paragraph, plainButton, primaryButton } from '../http/page/parts.ts'
import type { Env, Request } from '../http/request.ts'
import { flashFor, goBack, goTo, showPage } from '../http/show.ts'
import { askedQuestions } from '../questions/asked-questions.ts'
import type { Proving, ProvingPlace } from './proving.ts'
import { sendCode, takeAnswers, takeMailedCode, takeRecoveryCode, takeSecurityCode } from './take-proof.ts'

const CodeForm = z.object({ code: z.string().max(64) })
const AnswersForm = z.object({ first: z.string().max(2_000), second: z.string().max(2_000) })
/** Below the page `Confirm it's you`, which itself asks for the security code. */
const PATHS = {
  'security-code': '',
  'security-questions': '/questions',
  'recovery-code': '/recovery-code',
  'mailed-code': '/mailed-code',
} as const

/** `Confirm it's you`, and each other way to do that, at one place of the site. */
export function proofPages(place: ProvingPlace): Hono<Env> {
  const pages = new Hono<Env>()
  const { ctx, route } = place
  pages.get(route, (request) => enter(request, place, (proving) => showConfirm(request, place, proving)))
  pages.post(route, async (request) => {
    const { code } = await readForm(request, CodeForm)
    return take(request, place, 'security-code', (proving) => takeSecurityCode(request, ctx, proving, code))
  })
  pages.get(`${route}/questions`, (request) => enter(request, place, (proving) => showQuestions(request, place, proving)))
  pages.post(`${route}/questions`, async (request) => {
    const { first, second } = await readForm(request, AnswersForm)
    return take(request, place, 'security-questions', (proving) => takeAnswers(request, ctx, proving, [first, second]))
  })
  pages.get(`${route}/recovery-code`, (request) => enter(request, place, (proving) => showCode(request, place, proving, 'recovery-code')))
  pages.post(`${route}/recovery-code`, async (request) => {
    const { code } = await readForm(request, CodeForm)
    return take(request, place, 'recovery-code', (proving) => takeRecoveryCode(request, ctx, proving, code))
  })
  pages.get(`${route}/mailed-code`, (request) => enter(request, place, (proving) => showCode(request, place, proving, 'mailed-code')))
  pages.post(`${route}/mailed-code/send`, (request) =>
    enter(request, place, async (proving) => {
      if (!proving.proofs.includes('mailed-code')) return request.notFound()
      return goBack(request, ctx, `${proving.prefix}/mailed-code`, await sendCode(request, ctx, proving))
    }),
  )
  pages.post(`${route}/mailed-code`, async (request) => {
    const { code } = await readForm(request, CodeForm)
    return take(request, place, 'mailed-code', (proving) => takeMailedCode(request, ctx, proving, code))
  })
  return pages
}

async function enter(request: Request, place: ProvingPlace, answer: (proving: Proving) => Response | Promise<Response>): Promise<Response> {
  const proving = await place.enter(request)
  return proving instanceof Response ? proving : answer(proving)
}

function take(
  request: Request,
  place: ProvingPlace,
  proof: Proof,
  judge: (proving: Proving) => Promise<Flash | undefined>,
): Promise<Response> {
  return enter(request, place, async (proving) => {
    if (!proving.proofs.includes(proof)) return request.notFound()
    const refusal = await judge(proving)
    return refusal === undefined
      ? place.proved(request, proving, proof)
      : goBack(request, place.ctx, `${proving.prefix}${PATHS[proof]}`, refusal)
  })
}

async function showConfirm(request: Request, { ctx }: ProvingPlace, proving: Proving): Promise<Response> {
  const { texts } = request.get('facts')
  const flash = flashFor(request, ctx)
  const byCode = proving.proofs.includes('security-code')
  const field = byCode
    ? form({
        action: proving.prefix,
        checking: texts('checking'),
        body: [
          codeField({
            name: 'code',
            label: texts('second-factor.code'),
            inputmode: 'numeric',
            invalid: flash?.kind === 'refusal',
            autofocus: flash === undefined,
          }),
          primaryButton(texts('second-factor.button')),
        ],
      })
    : ''
  return showPage(
    request,
    ctx,
    {
      title: texts('proof.title'),
      lead: texts(byCode ? 'proof.lead' : 'proof.lead.other'),
      body: [field, otherWays(request, proving, 'security-code')],
    },
    flash,
  )
}

/** Links to what else is allowed. */
function otherWays(request: Request, { prefix, proofs }: Proving, here: Proof): Content {
  const { texts } = request.get('facts')
  const others = proofs.filter((proof) => proof !== here)
  if (others.length === 0) return ''
  return links(
    others.map((proof) => ({ href: `${prefix}${PATHS[proof]}`, text: texts(`proof.${proof}`) })),
    texts('proof.other'),
  )
}

async function showQuestions(request: Request, { ctx }: ProvingPlace, proving: Proving): Promise<Response> {
  const { texts } = request.get('facts')
  if (!proving.proofs.includes('security-questions')) return request.notFound()
  const asked = await askedQuestions(ctx, proving.user)
  if (asked === undefined) return goTo(request, proving.prefix)
  const flash = flashFor(request, ctx)
  const invalid = flash?.kind === 'refusal'
  return showPage(
    request,
    ctx,
    {
      title: texts('challenge.title'),
      lead: texts('challenge.lead'),
      body: [
        form({
          action: `${proving.prefix}/questions`,
          checking: texts('checking'),
          body: [
            textField({
              name: 'first',
              label: texts(asked.first.question),
              autocomplete: 'off',
              spellcheck: false,
              invalid,
              autofocus: flash === undefined,
            }),
            textField({ name: 'second', label: texts(asked.second.question), autocomplete: 'off', spellcheck: false, invalid }),
            primaryButton(texts('button.continue')),
          ],
        }),
        otherWays(request, proving, 'security-questions'),
        paragraph(texts('challenge.help', { helpDesk: ctx.config.organisation.helpDesk })),
      ],
    },
    flash,
  )
}

const CODES = {
  'recovery-code': { title: 'recovery-code.title', lead: 'recovery-code.lead', field: 'recovery-code.field', groups: [4, 4, 4, 4] },
  'mailed-code': { title: 'mailed-code.title', lead: 'mailed-code.lead', field: 'mailed-code.field', groups: [4, 4] },
} as const

async function showCode(request: Request, { ctx }: ProvingPlace, proving: Proving, proof: keyof typeof CODES): Promise<Response> {
  const { texts } = request.get('facts')
  if (!proving.proofs.includes(proof)) return request.notFound()
  const flash = flashFor(request, ctx)
  const { title, lead, field, groups } = CODES[proof]
  const action = `${proving.prefix}${PATHS[proof]}`
  const send = proof === 'mailed-code' ? form({ action: `${action}/send`, body: plainButton(texts('mailed-code.send')) }) : ''
  return showPage(
    request,
    ctx,
    {
      title: texts(title),
      lead: texts(lead),
      body: [
        send,
        form({
          action,
          checking: texts('checking'),
          body: [
            codeField({
              name: 'code',
              label: texts(field),
              groups,
              value: flash?.typed?.['code'],
              invalid: flash?.kind === 'refusal',
              autofocus: flash === undefined,
            }),
            primaryButton(texts('second-factor.button')),
          ],
        }),
        otherWays(request, proving, proof),
      ],
    },
    flash,
  )
}
