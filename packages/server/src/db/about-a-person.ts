import { type SqlBool, sql } from 'kysely'

/**
 * Events that stand in the index by person: what people look up. A code that a program had accepted is none of it: there are far more of them
 * than of all else, and each would cost a page of the index. A query for it repeats these words, else the index is not used.
 */
export const ABOUT_A_PERSON = sql<SqlBool>`(door <> 'validate' or outcome <> 'accepted')`
