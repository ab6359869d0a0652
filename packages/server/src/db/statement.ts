import { CompiledQuery } from 'kysely'
import type { Engine, Tx } from './database.ts'
import { straightTo } from './straight-to.ts'

/** SQL with `?` for its parameters, written out once for both engines: building and compiling it anew costs more than the embedded database's work. */
export type Statement<Row> = { readonly texts: Readonly<Record<Engine, string>>; readonly row?: Row }
/** Lists are for statements of PostgreSQL alone. */
export type Value = Single | readonly Single[]
type Single = string | number | null | Uint8Array

const WRITTEN = new Set<string>()

/** `text` has no question mark but the parameters'. */
export function statement<Row>(text: string): Statement<Row> {
  let number = 0
  const numbered = text.replaceAll('?', () => {
    number += 1
    return `$${number}`
  })
  WRITTEN.add(numbered)
  return { texts: { sqlite: text, postgres: numbered } }
}

/** Whether it is PostgreSQL's text of one of these: there are few, and each comes often. */
export function isStatement(text: string): boolean {
  return WRITTEN.has(text)
}

/** Runs a statement in the transaction, or on the reading connection. The embedded database is asked without a way round by Kysely. */
export async function run<Row>(engine: Engine, tx: Tx, { texts }: Statement<Row>, ...parameters: readonly Value[]): Promise<Row[]> {
  const straight = straightTo(tx)
  // What a statement gives is what its text says.
  if (straight !== undefined) return straight.rows(texts.sqlite, parameters) as Row[]
  const { rows } = await tx.executeQuery<Row>(CompiledQuery.raw(texts[engine], [...parameters]))
  return rows
}

/** The same for one, and for many at once in PostgreSQL: a list for each of its parameters. */
export type Plural<Row> = { readonly each: Statement<Row>; readonly many: Statement<Row> }

export function plural<Row>(each: string, many: string): Plural<Row> {
  return { each: statement(each), many: statement(many) }
}

/** Runs it for each of these, in their order, each a list of the parameters. What they give comes in one list, in any order. */
export async function runForEach<Row>(
  engine: Engine,
  tx: Tx,
  { each, many }: Plural<Row>,
  all: readonly (readonly Single[])[],
): Promise<Row[]> {
  const [first, ...others] = all
  if (first === undefined) return []
  if (others.length === 0) return run(engine, tx, each, ...first)
  if (engine === 'postgres') return run(engine, tx, many, ...first.map((_, place) => all.map((parameters) => parameters[place] ?? null)))
  const rows: Row[] = []
  for (const parameters of all) rows.push(...(await run(engine, tx, each, ...parameters)))
  return rows
}

/** Runs a statement that gives no rows. @returns how many it changed */
export async function change(engine: Engine, tx: Tx, { texts }: Statement<never>, ...parameters: readonly Value[]): Promise<number> {
  const straight = straightTo(tx)
  if (straight !== undefined) return straight.change(texts.sqlite, parameters)
  const { numAffectedRows } = await tx.executeQuery(CompiledQuery.raw(texts[engine], [...parameters]))
  return Number(numAffectedRows ?? 0)
}
