/** The script in which WebAssembly runs, by the name that the build gives it. */
const ARGON2ID = /^\/assets\/argon2id-worker-[\w-]+\.js$/

/**
 * That worker has a policy of its own. WebAssembly wants a word that we give to no page; where a policy speaks of no scripts at all it is
 * allowed, so this one forbids everything else by name: fetching, importing, starting workers; and by Trusted Types, text that becomes code.
 */
const ARGON2ID_POLICY = [
  "script-src-elem 'none'",
  "connect-src 'none'",
  "worker-src 'none'",
  "child-src 'none'",
  "img-src 'none'",
  "font-src 'none'",
  "style-src 'none'",
  "media-src 'none'",
  "object-src 'none'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

/** What a file of the token origin may do: its own origin's files, and requests to the login origin; no script but by the one named policy. */
export function policyOf(path: string, loginUrl: string): string {
  if (ARGON2ID.test(path)) return ARGON2ID_POLICY
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self'",
    `connect-src 'self' ${new URL(loginUrl).origin}`,
    "worker-src 'self'",
    "manifest-src 'self'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types latchkey',
  ].join('; ')
}
