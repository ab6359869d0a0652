/** Chromium's offer to install the app, kept until the person wants it. */
type InstallOffer = Event & { prompt: () => Promise<unknown> }

function isOffer(event: Event): event is InstallOffer {
  return 'prompt' in event && typeof event.prompt === 'function'
}

/** Says when the browser would install the app, and when it no longer would. */
export function followInstallOffers(onOffer: (install: (() => Promise<void>) | undefined) => void): void {
  addEventListener('beforeinstallprompt', (event) => {
    if (!isOffer(event)) return
    event.preventDefault()
    onOffer(async () => {
      onOffer(undefined)
      await event.prompt()
    })
  })
  addEventListener('appinstalled', () => onOffer(undefined))
}

/** Whether this window is the installed app rather than a tab. */
export function isInstalled(): boolean {
  return matchMedia('(display-mode: standalone)').matches || ('standalone' in navigator && navigator.standalone === true)
}

/** Whether this is an iPhone or an iPad, where the browser and an installed app do not share what they keep. */
export function isIos(): boolean {
  return 'standalone' in navigator || /iPhone|iPad|iPod/.test(navigator.userAgent)
}
