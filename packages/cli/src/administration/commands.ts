import type { Command } from 'commander'
import { userCommands } from './user.ts'

/** What administrators run: each opens the data by itself, also while `latchkey serve` runs. */
export function administrationCommands(): Command[] {
  return [userCommands()]
}
