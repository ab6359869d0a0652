/** A typed code with its groups apart, and where the caret then stands. Only separators come and go; anything but letters and digits is left alone. */
export function groupSymbols(value: string, caret: number, groups: readonly number[]): { value: string; caret: number } {
  if (!/^[\da-z\s\p{Pd}]*$/iu.test(value)) return { value, caret }
  const shown = grouped(value, groups)
  return shown === value ? { value, caret } : { value: shown, caret: grouped(value.slice(0, caret), groups).length }
}

function grouped(text: string, groups: readonly number[]): string {
  const ends = new Set<number>()
  let end = 0
  for (const size of groups) {
    end += size
    ends.add(end)
  }
  return Array.from(text.replaceAll(/[\s\p{Pd}]/gu, ''), (symbol, index) => (ends.has(index) ? `-${symbol}` : symbol)).join('')
}
