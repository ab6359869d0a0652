import { openReader } from './read-codes.ts'

export type CameraRefusal = 'none' | 'refused'
const LOOK_EVERY_MS = 150

/**
 * Shows the camera in `video` and says what codes it sees, until it is stopped. Pictures stay in this page.
 * @returns how to stop; or why there is no camera
 */
export async function watchCamera(video: HTMLVideoElement, onCode: (text: string) => void): Promise<(() => void) | CameraRefusal> {
  const stream = await openCamera()
  if (typeof stream === 'string') return stream
  const reading = openReader()
  let stopped = false
  const stop = (): void => {
    stopped = true
    for (const track of stream.getTracks()) track.stop()
    video.srcObject = null
  }
  video.srcObject = stream
  await video.play().catch(() => undefined)
  void (async () => {
    const reader = await reading
    while (!stopped) {
      // A picture that is not there yet, or cannot be read, is followed by another.
      const seen = await reader.detect(video).catch(() => [])
      for (const { rawValue } of seen) if (!stopped) onCode(rawValue)
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
    }
  })()
  return stop
}

async function openCamera(): Promise<MediaStream | CameraRefusal> {
  try {
    return await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' }, audio: false })
  } catch (error) {
    return error instanceof DOMException && error.name === 'NotAllowedError' ? 'refused' : 'none'
  }
}
