import { CompiledQuery } from 'kysely'
import type { Engine, Tx } from './database.ts'

/** SQL with `?` for its parameters, written out once for both engines: building and compiling it anew costs more than the embedded database's work. */
export type Statement<Row> = { readonly texts: Readonly<Record<Engine, string>>; readonly row?: Row }

/** `text` has no question mark but the parameters'. */
export function statement<Row>(text: string): Statement<Row> {
  let number = 0
  const numbered = text.replaceAll('?', () => {
    number += 1
    return `$${number}`
  })
  return { texts: { sqlite: text, postgres: numbered } }
}

export async function run<Row>(
  engine: Engine,
  tx: Tx,
  { texts }: Statement<Row>,
  ...parameters: readonly (string | number | null | Uint8Array)[]
): Promise<Row[]> {
  const { rows } = await tx.executeQuery<Row>(CompiledQuery.raw(texts[engine], [...parameters]))
  return rows
}
