import { DRAWINGS } from '@latchkey/design/drawings'
import { chevronDown, chevronRight, circleAlert, circleCheck, copy, info, keyRound } from '@latchkey/design/icon-shapes'
import type { Picture } from '@latchkey/soft-token/vault/pin-box'
import { h, type VNode } from 'preact'
import { t } from '../texts/texts.ts'

/** Those that the app draws, and no others: each weighs. */
const ICONS = { chevronDown, chevronRight, circleAlert, circleCheck, copy, info, keyRound }

const SHAPE = /<(?<tag>[a-z]+)(?<attributes>[^>]*?)\/?>/g
const ATTRIBUTE = /(?<name>[\w-]+)="(?<value>[^"]*)"/g

/** The shapes of one of our own drawings, as elements: Trusted Types let no markup in as text. */
export function shapesOf(svg: string): VNode[] {
  return Array.from(svg.matchAll(SHAPE), ({ groups }) => {
    const attributes = Array.from((groups?.['attributes'] ?? '').matchAll(ATTRIBUTE), (found) => [
      found.groups?.['name'] ?? '',
      found.groups?.['value'] ?? '',
    ])
    return h(groups?.['tag'] ?? 'g', Object.fromEntries(attributes))
  })
}

/** An icon beside a text: it says nothing to a screen reader. */
export function Icon({ name }: { name: keyof typeof ICONS }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      {shapesOf(ICONS[name])}
    </svg>
  )
}

/** The product's mark: a key. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 24 24" aria-hidden="true">
      <circle cx="8" cy="12" r="4" />
      <path d="M12 12h9m-3 0v4" />
    </svg>
  )
}

/** The PIN's picture: two drawings with their names. Shown, never stored, printed or sent (STP-1, 4). */
export function PinPicture({ picture }: { picture: Picture }) {
  const names = { first: DRAWINGS[picture.first]?.name ?? '', second: DRAWINGS[picture.second]?.name ?? '' }
  return (
    <div class="picture" role="img" aria-label={`${t('picture.title')}: ${t('picture.of', names)}`}>
      <DrawingOf number={picture.first} />
      <DrawingOf number={picture.second} />
    </div>
  )
}

/** The picture of a PIN that was just chosen, with what it is for; until it was out of sight for a minute. */
export function PictureOfNewPin({ picture }: { picture: Picture | undefined }) {
  if (picture === undefined) return null
  return (
    <>
      <PinPicture picture={picture} />
      <p class="hint">{t('picture.what')}</p>
    </>
  )
}

function DrawingOf({ number }: { number: number }) {
  const drawing = DRAWINGS[number]
  if (drawing === undefined) return null
  return (
    <span class="drawing">
      <svg viewBox="0 0 24 24" aria-hidden="true">
        {shapesOf(drawing.svg)}
      </svg>
      {drawing.name}
    </span>
  )
}
