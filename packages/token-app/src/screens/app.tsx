import { useEffect, useState } from 'preact/hooks'
import { beginStep } from '../browser/in-step.ts'
import { askSite, clockAhead, type Site } from '../browser/site.ts'
import { followUpdates, type Update } from '../offline/follow-updates.ts'
import { followInstallOffers } from '../offline/install.ts'
import { Mark } from '../parts/drawn.tsx'
import { type Said, t } from '../texts/texts.ts'
import type { Listing, Vault } from '../vault/vault.ts'
import { Footer } from './footer.tsx'
import { IdentityMenu } from './identity-menu.tsx'
import { homeOf, isStep, type Place } from './place.ts'
import { isClockWrong, sayClock } from './say-clock.ts'
import { Screen } from './screen.tsx'
import { useBack } from './use-back.ts'
import { type Standing, useDesk } from './use-desk.ts'
import { useLinks } from './use-links.ts'

type Props = { vault: Vault; first: Listing; opensAt: Place | undefined; told: Said | undefined }

/** The whole app: one place at a time, and what is told on the way there. */
export function App({ vault, first, opensAt, told }: Props) {
  const site = useSite()
  const { standing, desk, anywhere } = useDesk(vault, site, {
    place: opensAt ?? homeOf(first),
    listing: first,
    message: told === undefined ? undefined : { kind: 'refusal', said: told, nth: 0 },
  })
  const clock = useClock()
  const [update, setUpdate] = useState<Update>()
  const [install, setInstall] = useState<() => void>()
  useEffect(() => {
    void followUpdates((ready) => setUpdate(() => ready)).catch(() => undefined)
    followInstallOffers((offer) => setInstall(() => offer && (() => void offer())))
  }, [])
  const { place, message } = standing
  const inStep = isStep(place)
  useEffect(() => (inStep ? beginStep() : undefined), [inStep])
  useLinks(anywhere)
  const home = homeOf(standing.listing)
  useBack(anywhere, place.at === 'identities' || (place.at === home.at && !('asked' in place && place.asked)))
  const warned = message ?? (isClockWrong(clock) ? { kind: 'note' as const, said: sayClock(clock), nth: 0 } : undefined)
  return (
    <>
      <a class="skip" href="#main">
        {t('app.skip')}
      </a>
      <header class="bar">
        <span class="brand">
          <Mark />
          <span>{site === undefined || site.name === '' ? t('app.name') : site.name}</span>
        </span>
        <IdentityMenu place={place} desk={desk} />
      </header>
      <main class="stage" id="main" tabIndex={-1}>
        <Screen key={keyOf(standing)} place={place} desk={desk} message={warned} install={install} />
      </main>
      <Footer update={update} inStep={inStep} />
    </>
  )
}

/** A screen begins anew where the place is another, or something is told at it. */
function keyOf({ place, message }: Standing): string {
  return `${place.at} ${aboutOf(place)} ${message?.nth ?? ''}`
}

/** What a screen is about: an identity, or a ticket, with which another form begins than with none. */
function aboutOf(place: Place): string {
  if ('serial' in place) return place.serial
  if ('ticket' in place) return place.ticket
  return ('prefilled' in place ? place.prefilled?.ticket : undefined) ?? ''
}

function useSite(): Site | undefined {
  const [site, setSite] = useState<Site>()
  useEffect(() => void askSite().then(setSite), [])
  return site
}

/** The device's clock beside the server's: when the app opens, and when it is seen again. */
function useClock(): number | undefined {
  const [ahead, setAhead] = useState<number>()
  useEffect(() => {
    const look = (): void => {
      if (document.visibilityState === 'visible') void clockAhead().then(setAhead)
    }
    look()
    document.addEventListener('visibilitychange', look)
    return () => document.removeEventListener('visibilitychange', look)
  }, [])
  return ahead
}
