import type { Command } from 'commander'
import { apiKeyCommands } from './api-key.ts'
import { auditCommands } from './audit.ts'
import { backupCommand, restoreCommand } from './backup.ts'
import { doctorCommand } from './doctor.ts'
import { keysCommands } from './keys.ts'
import { migrateDatabaseCommand } from './migrate-database.ts'
import { relyingPartyCommands } from './relying-party.ts'
import { userCommands } from './user.ts'

/** What administrators run: each opens the data by itself, also while `latchkey serve` runs. */
export function administrationCommands(): Command[] {
  return [
    userCommands(),
    auditCommands(),
    backupCommand(),
    restoreCommand(),
    migrateDatabaseCommand(),
    keysCommands(),
    apiKeyCommands(),
    relyingPartyCommands(),
    doctorCommand(),
  ]
}
