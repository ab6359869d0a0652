import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'msedge']
const ELSEWHERE = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
]

/** The installed Chromium, or `LATCHKEY_CHROMIUM`; undefined where there is none. */
export function findChromium(): string | undefined {
  const chosen = process.env.LATCHKEY_CHROMIUM
  if (chosen !== undefined && chosen !== '') return chosen
  const folders = (process.env.PATH ?? '').split(delimiter)
  return [...folders.flatMap((folder) => NAMES.map((name) => join(folder, name))), ...ELSEWHERE].find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Installs Debian's Chromium, which needs root. */
function install(): boolean {
  const steps = [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', 'chromium'],
  ]
  process.stdout.write('No Chromium found: installing the package chromium. This takes a minute.\n')
  return steps.every((step) => spawnSync('apt-get', step, { stdio: ['ignore', 'ignore', 'inherit'], env: APT_ENVIRONMENT }).status === 0)
}

const APT_ENVIRONMENT = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }

/** Sees to it that browser tests have a browser, or says in one line how to get one. */
function ensureChromium(): void {
  if (findChromium() !== undefined) return
  const mayInstall = existsSync('/usr/bin/apt-get') && process.getuid?.() === 0
  if (mayInstall && install() && findChromium() !== undefined) return
  process.stderr.write('The browser tests need Chromium: install it (Debian: apt-get install chromium) or name one in LATCHKEY_CHROMIUM.\n')
  process.exitCode = 1
}

if (import.meta.main) ensureChromium()
