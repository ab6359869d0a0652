/** NFKC and case folded: `ß` and `SS`, `ﬁ` and `FI`, full width and half width are one. */
export function fold(text: string): string {
  // Lower case first: the capital ẞ has no upper case of its own, the small one has.
  return text.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase().normalize('NFKC')
}
