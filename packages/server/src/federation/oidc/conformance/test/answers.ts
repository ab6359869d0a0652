import { expect } from 'vitest'
import type { Stop } from '../../test/browser.ts'
import { CALLBACK, type Request, type Stand } from '../../test/stand.ts'

/** How an answer comes to the relying party: in the address, or in a form that the browser posts. */
export type Mode = 'query' | 'form_post'

const ENTITIES: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" }
/** What may stand in the description of an error (RFC 6749, 4.1.2.1 and 5.2). */
export const DESCRIPTION = /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/
/** Those that say that a page would have been needed (OpenID Connect Core, 3.1.2.6). */
export const NEEDS_A_PAGE = ['interaction_required', 'login_required', 'account_selection_required', 'consent_required']

/** What the relying party is told, taken from where it has to be and from nowhere else. */
export function answerOf(mode: Mode, stop: Stop): URLSearchParams {
  if (mode === 'form_post') return formOf(stop)
  expect(stop.url.origin + stop.url.pathname).toBe(CALLBACK)
  expect(stop.url.hash).toBe('')
  return stop.url.searchParams
}

/** A page of ours with one form, sent by POST to the relying party and in the usual encoding (OAuth 2.0 Form Post Response Mode, 2). */
function formOf(stop: Stop): URLSearchParams {
  expect(stop.url.origin + stop.url.pathname).not.toBe(CALLBACK)
  expect(stop.url.href).not.toMatch(/[?&#](code|error)=/)
  expect(stop.headers.get('content-type')).toMatch(/^text\/html/)
  expect(stop.headers.get('cache-control')).toContain('no-store')
  const forms = [...stop.text.matchAll(/<form ([^>]*)>/g)].map(([, attributes]) => attributes)
  expect(forms).toEqual([`method="post" action="${CALLBACK}"`])
  expect(stop.text).toContain('document.forms[0].submit()')
  const inputs = stop.text.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"\/>/g)
  return new URLSearchParams([...inputs].map(([, name = '', value = '']): [string, string] => [name, readEntities(value)]))
}

function readEntities(text: string): string {
  return text.replaceAll(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity] ?? entity)
}

/** The code of an answer that says yes: to this request, from this provider, with nothing beside. */
export function codeOf(stand: Stand, request: Request, answer: URLSearchParams): string {
  expect([...answer.keys()].sort()).toEqual(['code', 'iss', 'state'])
  expectSame(stand, request, answer)
  return answer.get('code') ?? ''
}

/** An answer that says no, with one of these errors and no code. */
export function expectRefusal(stand: Stand, request: Request, answer: URLSearchParams, errors: readonly string[]): void {
  expect(errors).toContain(answer.get('error'))
  expectSame(stand, request, answer)
  for (const name of answer.keys()) expect(['error', 'error_description', 'error_uri', 'state', 'iss']).toContain(name)
  expect(answer.get('error_description') ?? '').toMatch(DESCRIPTION)
  expect(URL.canParse(answer.get('error_uri') ?? stand.url)).toBe(true)
}

function expectSame(stand: Stand, request: Request, answer: URLSearchParams): void {
  expect(answer.getAll('state')).toEqual([request.url.searchParams.get('state')])
  expect(answer.getAll('iss')).toEqual([stand.url])
}
