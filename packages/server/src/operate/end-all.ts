/**
 * Runs each step after the one before, whatever became of that; those that `unless` comes before are left out.
 * @throws the first error, when all have run
 */
export async function endAll(steps: readonly (() => unknown)[], unless?: AbortSignal): Promise<void> {
  const errors: unknown[] = []
  for (const step of steps) {
    if (unless?.aborted === true) break
    try {
      await step()
    } catch (error) {
      errors.push(error)
    }
  }
  if (errors.length > 0) throw errors[0]
}
