import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context } from '../../context.ts'
import { drawId } from '../../ids.ts'

const ids = new WeakMap<IncomingMessage, string>()

/** The id that a request was given at the door. */
export function requestIdOf(request: IncomingMessage): string {
  return ids.get(request) ?? ''
}

/** Gives a request its id, and its answer the headers of the login origin: the library writes past what sets them for our own pages. */
export function prepareAnswer(ctx: Context, request: IncomingMessage, response: ServerResponse): void {
  const id = drawId('req', ctx.random)
  ids.set(request, id)
  response.setHeader('x-request-id', id)
  response.setHeader('content-security-policy', POLICY)
  response.setHeader('referrer-policy', 'same-origin')
  response.setHeader('x-content-type-options', 'nosniff')
  response.setHeader('x-frame-options', 'DENY')
  response.setHeader('cross-origin-opener-policy', 'same-origin')
  if (ctx.config.login.url.startsWith('https:')) response.setHeader('strict-transport-security', 'max-age=31536000; includeSubDomains')
}

const POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

/** The same policy for the page that posts an answer to a relying party: it may do that, and nothing else. */
export function allowFormTo(policy: string, redirectUri: string): string {
  return policy.replace(/form-action [^;]*/, `form-action ${new URL(redirectUri).origin}`)
}
