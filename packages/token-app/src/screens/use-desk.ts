import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Site } from '../browser/site.ts'
import type { Message } from '../parts/sheet.tsx'
import type { Said } from '../texts/texts.ts'
import type { Listing, Vault } from '../vault/vault.ts'
import type { Desk, Moves } from './desk.ts'
import { homeOf, type Place, stillAt } from './place.ts'

export type Standing = { place: Place; listing: Listing; message: Message | undefined }

/** Where the person stands; the desk of the screen that is there; and what leads on from wherever that is: links, and the way back. */
export function useDesk(vault: Vault, site: Site | undefined, first: Standing): { standing: Standing; desk: Desk; anywhere: Moves } {
  const [standing, setStanding] = useState(first)
  const { place, listing } = standing
  const here = useRef(place)
  here.current = place
  const acts = useMemo(() => {
    /** Whoever went elsewhere meanwhile is left there: what a screen began moves nobody from another one. */
    const movesFrom = (placeNow: () => Place): Moves => ({
      go: (to) => {
        const from = placeNow()
        setStanding((before) => (before.place === from ? { ...before, place: to, message: undefined } : before))
      },
      settle: async (to = homeOf, told) => {
        const from = placeNow()
        const read = await vault.list()
        setStanding((before) => {
          const known = 'error' in read ? before.listing : read
          if (before.place !== from) return knowing(before, known)
          return { listing: known, place: to(known), message: told && messageAfter(before, told) }
        })
      },
    })
    const reread = async (said?: Said): Promise<void> => {
      const read = await vault.list()
      if (!('error' in read)) setStanding((before) => knowing(before, read, said))
    }
    return { movesFrom, reread, anywhere: movesFrom(() => here.current) }
  }, [vault])
  const { movesFrom, reread, anywhere } = acts
  const desk = useMemo<Desk>(
    () => ({ vault, listing, site, isHere: () => here.current === place, ...movesFrom(() => place), reread }),
    [vault, listing, site, place, movesFrom, reread],
  )
  useEffect(() => {
    // Another window may have changed what is in the vault while this one was out of sight.
    const look = (): void => {
      if (document.visibilityState === 'visible') void reread().catch(() => undefined)
    }
    document.addEventListener('visibilitychange', look)
    return () => document.removeEventListener('visibilitychange', look)
  }, [reread])
  return { standing, desk, anywhere }
}

function knowing(before: Standing, listing: Listing, said?: Said): Standing {
  const place = stillAt(listing, before.place)
  if (place === before.place) return { ...before, listing }
  return { listing, place, message: said && messageAfter(before, { kind: 'note', said }) }
}

function messageAfter({ message }: Standing, told: Pick<Message, 'kind' | 'said'>): Message {
  return { ...told, nth: (message?.nth ?? 0) + 1 }
}
