/** What a log may hold of an error from the conversation with the provider: never its message or cause, which quote answers and tokens. */
export type ErrorSummary = { name: string; code?: string; error?: string }

const SHORT = /^[A-Za-z0-9_]{1,64}$/

function shortText(error: object, key: string): string | undefined {
  const value: unknown = Reflect.get(error, key)
  return typeof value === 'string' && SHORT.test(value) ? value : undefined
}

export function errorSummary(error: unknown): ErrorSummary {
  if (!(error instanceof Error)) return { name: 'unknown' }
  const code = shortText(error, 'code') ?? (error.cause instanceof Error ? shortText(error.cause, 'code') : undefined)
  const answer = shortText(error, 'error')
  return { name: error.name, ...(code === undefined ? {} : { code }), ...(answer === undefined ? {} : { error: answer }) }
}
