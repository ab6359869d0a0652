import type { Context } from '../context.ts'
import type { Request } from '../http/request.ts'
import { sayTrouble } from '../http/trouble.ts'
import { listTokens, type TokenView } from '../tokens/list-tokens.ts'

/** The person's token that an address names, with all of them. */
export type Meant = { token: TokenView; all: readonly TokenView[] }

/** Answers about the person's token in the path; another person's is an unknown one: 404. */
export async function withToken(request: Request, ctx: Context, answer: (meant: Meant) => Response | Promise<Response>): Promise<Response> {
  const all = await listTokens(ctx, request.get('session').user)
  const token = all.find(({ id }) => id === request.req.param('token'))
  return token === undefined ? sayTrouble(request, ctx.config, 404) : answer({ token, all })
}

/** Whether it is the only token in use. */
export function isLast({ token, all }: Meant): boolean {
  return token.state === 'active' && all.filter(({ state }) => state === 'active').length === 1
}
