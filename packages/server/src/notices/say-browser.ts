/** Browsers whose names stand in the User-Agent of others too come after those. */
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdg\w*\/(\d+)/, 'Edge'],
  [/\bOPR\/(\d+)/, 'Opera'],
  [/\bFirefox\/(\d+)/, 'Firefox'],
  [/\bFxiOS\/(\d+)/, 'Firefox'],
  [/\b(?:Headless)?Chrome\/(\d+)/, 'Chrome'],
  [/\bCriOS\/(\d+)/, 'Chrome'],
  [/\bVersion\/(\d+)[\d.]* .*Safari\//, 'Safari'],
]
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMacintosh\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
]
const LONGEST = 400

/** `Firefox 150, Linux`: what a person recognises their browser by. Undefined for what is none of those known; nothing of the text itself is repeated. */
export function sayBrowser(userAgent: string): string | undefined {
  const text = userAgent.slice(0, LONGEST)
  const browser = BROWSERS.map(([form, name]) => ({ name, version: form.exec(text)?.[1] })).find(({ version }) => version !== undefined)
  const system = SYSTEMS.find(([form]) => form.test(text))?.[1]
  if (browser === undefined) return system
  return system === undefined ? `${browser.name} ${browser.version}` : `${browser.name} ${browser.version}, ${system}`
}
