import '@latchkey/design/tokens.css'
import '@latchkey/design/style.css'
import { render } from 'preact'
import './app.css'
import { App } from './screens/app.tsx'
import { Unsupported } from './screens/unsupported.tsx'
import { placeHere, takeLink } from './screens/use-links.ts'
import { openVault } from './vault/open-vault.ts'

async function start(root: HTMLElement): Promise<void> {
  const link = takeLink()
  const opened = await openVault()
  const first = opened.ok ? await opened.vault.list() : undefined
  root.replaceChildren()
  root.removeAttribute('aria-busy')
  if (!opened.ok) return render(<Unsupported why={opened.why === 'insecure' ? 'insecure' : 'missing'} />, root)
  if (first === undefined || 'error' in first) return render(<Unsupported why="refused" />, root)
  const told = link.kind === 'half' ? ({ text: 'ticket.half' } as const) : undefined
  render(<App vault={opened.vault} first={first} opensAt={placeHere(link)} told={told} />, root)
}

const root = document.getElementById('app')
if (root !== null) void start(root)
