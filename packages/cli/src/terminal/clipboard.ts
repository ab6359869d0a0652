import { listenForEnding } from './ending.ts'

/** Puts a text on the clipboard; false where none can be reached. */
export async function copy(text: string): Promise<boolean> {
  try {
    const { default: clipboard } = await import('clipboardy')
    await clipboard.write(text)
    return true
  } catch {
    return false
  }
}

/**
 * Keeps a text on the clipboard while `work` lasts, unless the process is asked to end before it begins. However the process ends meanwhile,
 * short of a kill, the text is taken off: a terminal that was closed fails at the first line that is written to it.
 */
export async function whileCopied(text: string, work: (copied: boolean) => Promise<unknown>): Promise<void> {
  // Where there is none for this machine, nothing is copied, and the work is done all the same.
  const clipboard = await import('clipboardy').then(
    ({ default: found }) => found,
    () => undefined,
  )
  const ending = listenForEnding()
  /** Only if it is still there. What a clipboard manager kept is out of reach. */
  const takeBack = (): void => {
    try {
      if (clipboard?.readSync() === text) clipboard.writeSync('')
    } catch {
      // No clipboard to read: nothing to take back.
    }
  }
  process.once('exit', takeBack)
  try {
    const copied = await copy(text)
    if (!ending.isAsked()) await work(copied)
  } finally {
    process.off('exit', takeBack)
    takeBack()
    ending.close()
  }
}
