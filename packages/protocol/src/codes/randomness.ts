/** Draws `length` bytes from a cryptographically secure source, or throws. The packages that use it have no source of their own. */
export type DrawBytes = (length: number) => Uint8Array
