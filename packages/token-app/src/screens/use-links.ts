import { useEffect } from 'preact/hooks'
import { isInstalled, isIos } from '../offline/install.ts'
import { type Link, readLink } from '../tickets/read-link.ts'
import type { Moves } from './desk.ts'
import { homeOf, type Place, placeOfLink } from './place.ts'

/** Reads the address's fragment and takes it out of the address: a ticket stays in no history, and a reload does not hand it in again. */
export function takeLink(): Link {
  const link = readLink(location.hash)
  if (link.kind !== 'none') history.replaceState(null, '', location.pathname)
  return link
}

/** Where a link leads in this window. */
export function placeHere(link: Link): Place | undefined {
  return placeOfLink(link, isIos() && !isInstalled())
}

/** Follows a link that is opened while the app is open. */
export function useLinks({ go, settle }: Moves): void {
  useEffect(() => {
    const follow = (): void => {
      const link = takeLink()
      const place = placeHere(link)
      if (place !== undefined) go(place)
      else if (link.kind === 'half') void settle(homeOf, { kind: 'note', said: { text: 'ticket.half' } })
    }
    addEventListener('hashchange', follow)
    return () => removeEventListener('hashchange', follow)
  }, [go, settle])
}
