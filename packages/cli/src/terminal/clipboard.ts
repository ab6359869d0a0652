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

/** Empties the clipboard if it still holds this text. What a clipboard manager kept is out of reach. */
export async function takeBack(text: string): Promise<void> {
  try {
    const { default: clipboard } = await import('clipboardy')
    if ((await clipboard.read()) === text) await clipboard.write('')
  } catch {
    // No clipboard to read: nothing to take back.
  }
}
