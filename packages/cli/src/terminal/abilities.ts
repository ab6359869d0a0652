/** A terminal that does not say how large it is has the usual size. */
export function sizeOf(output: NodeJS.WriteStream): { rows: number; columns: number } {
  return { rows: output.rows || 24, columns: output.columns || 80 }
}

/** Whether what was written can be taken back. */
export function canErase(): boolean {
  return process.env.TERM !== 'dumb'
}
