/** What pages, the service worker and the vault's worker of the token app may do: scripts of this origin, and questions to the login origin. */
export function sitePolicy(loginUrl: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self'",
    `connect-src 'self' ${loginUrl}`,
    "worker-src 'self'",
    "manifest-src 'self'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types latchkey',
  ].join('; ')
}

/**
 * Of the one script that compiles WebAssembly (docs/decisions/0011): with no `script-src` and no `default-src` nothing stands against that, so
 * everything else is named. Text is not run as a script, because no policy of Trusted Types may be made.
 */
export const ARGON2ID_POLICY = [
  ...['script-src-elem', 'script-src-attr', 'connect-src', 'worker-src', 'style-src', 'font-src', 'img-src', 'media-src'],
  ...['object-src', 'frame-src', 'manifest-src', 'form-action', 'frame-ancestors', 'base-uri'],
]
  .map((directive) => `${directive} 'none'`)
  .concat("require-trusted-types-for 'script'", "trusted-types 'none'")
  .join('; ')

const ARGON2ID_SCRIPT = /^\/assets\/argon2id-worker-[\w-]+\.js$/

/** By the name that the build gives it. */
export function isArgon2idScript(path: string): boolean {
  return ARGON2ID_SCRIPT.test(path)
}
