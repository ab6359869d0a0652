import { useEffect, useRef } from 'preact/hooks'
import { watchCamera } from '../camera/watch-camera.ts'
import { Way, Ways } from '../parts/button.tsx'
import { Sheet } from '../parts/sheet.tsx'
import { useMessage } from '../parts/use-message.ts'
import { t } from '../texts/texts.ts'
import { readScanned } from '../tickets/read-link.ts'
import type { Desk } from './desk.ts'

/** The camera looks for the site's QR code; any other is told as what it is. */
export function Scan({ desk }: { desk: Desk }) {
  const telling = useMessage()
  const video = useRef<HTMLVideoElement>(null)
  useEffect(() => {
    let last = ''
    const look = (text: string): void => {
      if (text === last) return
      last = text
      const link = readScanned(text, location.origin)
      if (link.kind === 'ticket') desk.go({ at: 'ticket', ticket: link.ticket })
      else telling.refuse(link.kind === 'half' ? 'ticket.half' : 'scan.other')
    }
    const { current } = video
    if (current === null) return undefined
    let left = false
    const watching = watchCamera(current, look).then((stop) => {
      if (typeof stop === 'string') telling.refuse(`scan.${stop}`)
      else if (left) stop()
      return stop
    })
    return () => {
      left = true
      void watching.then((stop) => {
        if (typeof stop !== 'string') stop()
      })
    }
  }, [])
  return (
    <Sheet title={t('scan.title')} lead={t('scan.lead')} message={telling.message}>
      <div class="camera">
        <video ref={video} playsInline muted aria-label={t('scan.picture')} />
      </div>
      <Ways>
        <Way onPress={() => desk.go({ at: 'add', prefilled: undefined, nameTaken: false })}>{t('ticket.type')}</Way>
        <Way onPress={() => void desk.settle()}>{t('button.back')}</Way>
      </Ways>
    </Sheet>
  )
}
