/** What Trusted Types lets through: scripts of our own origin, by the addresses that the build gave them. */
type Policy = { createScriptURL: (url: string) => string }
type TrustedTypes = { createPolicy: (name: string, rules: Policy) => Policy }

const rules: Policy = {
  createScriptURL: (url) => {
    const { origin, href } = new URL(url, self.location.href)
    if (origin !== self.location.origin) throw new TypeError('a script of another origin')
    return href
  },
}
const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes }
const policy = trustedTypes?.createPolicy('latchkey', rules) ?? rules

/** The address of a worker's script, as a browser that enforces Trusted Types takes it. @throws TypeError for another origin's */
export function scriptUrl(url: string): string {
  return policy.createScriptURL(url)
}
