import { betweenSteps } from '../browser/in-step.ts'
import { scriptUrl } from '../browser/script-url.ts'

const SERVICE_WORKER = '/sw.js'
const ASK_EVERY_MS = 3_600_000

/** Puts the new version in the place of this one; false if something is under way in another window. */
export type Update = () => Promise<boolean>

/**
 * Keeps the app for offline use, and says when a newer version waits. It takes over only when it is asked to, between steps:
 * what is under way ends in the version in which it began.
 */
export async function followUpdates(onReady: (update: Update) => void): Promise<void> {
  const container = navigator.serviceWorker
  if (container === undefined) return
  let controlled = container.controller !== null
  container.addEventListener('controllerchange', () => {
    // The first one ever takes over a page that is of its own version already.
    if (controlled) location.reload()
    controlled = true
  })
  const registration = await container.register(scriptUrl(SERVICE_WORKER), { updateViaCache: 'none' })
  const offer = (): void => {
    const { waiting } = registration
    if (waiting !== null && container.controller !== null) onReady(() => betweenSteps(() => takeOver(waiting)))
  }
  offer()
  registration.addEventListener('updatefound', () => registration.installing?.addEventListener('statechange', offer))
  const look = (): void => void registration.update().catch(() => undefined)
  setInterval(look, ASK_EVERY_MS)
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') look()
  })
}

/** Over when the new version is in charge: until then no window begins a step. */
function takeOver(waiting: ServiceWorker): Promise<void> {
  return new Promise((resolve) => {
    waiting.addEventListener('statechange', () => {
      if (waiting.state === 'activated' || waiting.state === 'redundant') resolve()
    })
    waiting.postMessage('take-over')
  })
}
