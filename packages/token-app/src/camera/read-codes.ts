/** Reads the QR codes of a picture. */
export type Detector = { detect: (video: HTMLVideoElement) => Promise<{ rawValue: string }[]> }
type Detectors = {
  new (options: { formats: ['qr_code'] }): Detector
  getSupportedFormats: () => Promise<string[]>
}

/** The browser's own reader where it has one that works; else a small one, fetched when it is wanted. */
export async function openReader(): Promise<Detector> {
  const { BarcodeDetector: Own } = globalThis as { BarcodeDetector?: Detectors }
  const formats = await Own?.getSupportedFormats().catch((): string[] => [])
  if (Own !== undefined && formats?.includes('qr_code') === true) return new Own({ formats: ['qr_code'] })
  const { BarcodeDetector } = await import('qr/decode.js')
  return new BarcodeDetector({ formats: ['qr_code'] })
}
