import type { Database } from '../db/database.ts'

const LINES = new WeakMap<Database, Map<string, Promise<unknown>>>()

/** Works for one after the other of those who have the same name, in the order in which they came; for others meanwhile. */
export function inTurn<T>(db: Database, name: string, work: () => Promise<T>): Promise<T> {
  const lines = LINES.get(db) ?? new Map<string, Promise<unknown>>()
  LINES.set(db, lines)
  const mine = lines.get(name)?.then(work) ?? work()
  const over = mine.then(
    () => undefined,
    () => undefined,
  )
  lines.set(name, over)
  void over.then(() => lines.get(name) === over && lines.delete(name))
  return mine
}
