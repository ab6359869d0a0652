import { cleanupOutdatedCaches, type PrecacheEntry, precacheAndRoute } from 'workbox-precaching'

/** The files of this build; vite.config.ts writes them in. */
declare const PRECACHED: PrecacheEntry[]
/** The part of a service worker's scope that is used here. */
type Scope = {
  addEventListener: (
    type: 'message' | 'activate',
    listener: (event: { data?: unknown; waitUntil: (work: Promise<unknown>) => void }) => void,
  ) => void
  skipWaiting: () => Promise<void>
  clients: { claim: () => Promise<void> }
}
declare const self: Scope

// A new version waits until the page says that nothing is under way, or until the last window of the old one is closed.
precacheAndRoute(PRECACHED)
cleanupOutdatedCaches()
self.addEventListener('message', (event) => {
  if (event.data === 'take-over') event.waitUntil(self.skipWaiting())
})
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))
