import type { PeopleTables } from './people-tables.ts'
import type { RecordTables } from './records-tables.ts'
import type { SessionTables } from './sessions-tables.ts'
import type { TokenTables } from './tokens-tables.ts'

/** Every table, as both engines hold it. A fact that changes on its own has a row of its own. */
export type Schema = PeopleTables & TokenTables & SessionTables & RecordTables
