import { isId } from '../../ids.ts'
import type { Asked } from './rules.ts'

/** The parameters of an authorization request, checked by the library, as they stand in its context or in an interaction. */
export function askedBy(params: Readonly<Record<string, unknown>>): Asked {
  const text = (name: string): string | undefined => {
    const value = params[name]
    return typeof value === 'string' ? value : undefined
  }
  return {
    acrValues: text('acr_values'),
    claims: text('claims'),
    maxAge: text('max_age'),
    prompts: (text('prompt') ?? '').split(' ').filter((prompt) => prompt !== ''),
    hinted: subjectOfHint(text('id_token_hint')),
  }
}

/** The subject of a token whose signature the library has verified before it kept the request. */
function subjectOfHint(token: string | undefined): string | undefined {
  const payload = token?.split('.')[1]
  if (payload === undefined) return undefined
  const { sub } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as { sub?: unknown }
  // What is nobody of ours is nobody's session.
  return typeof sub === 'string' && isId('usr', sub) ? sub : 'nobody'
}
