const SCHEMA_ROOT = '#/components/schemas/'

/** Where a description points to one of its schemas. */
export function referTo(schema: string) {
  return { $ref: `${SCHEMA_ROOT}${schema}` }
}

/** An answer in JSON, by its schema. */
export function answerOf(description: string, schema: string) {
  return { description, content: { 'application/json': { schema: referTo(schema) } } }
}
