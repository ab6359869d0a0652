import type { Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import type { UserId } from '../ids.ts'
import { textsFor } from '../texts/texts.ts'

/** The mail that holds a code (printed), in its reader's language. */
export async function writeMail(ctx: Context, tx: Tx, user: UserId, code: string): Promise<{ subject: string; text: string }> {
  const person = await tx.selectFrom('users').select(['display_name', 'locale']).where('id', '=', user).executeTakeFirst()
  const texts = textsFor(person?.locale ?? 'en')
  const site = ctx.config.organisation.name
  const lines = [
    texts('mail.greeting', { name: person?.display_name ?? '' }),
    '',
    texts('mail.mailed-code.body'),
    '',
    `    ${code}`,
    '',
    texts('mail.mailed-code.not-you'),
    '',
    texts('mail.sign', { site }),
  ]
  return { subject: texts('mail.mailed-code.subject', { site }), text: lines.join('\n') }
}
