import { Command } from 'commander'

/** A command of the administrator's, with the options that each has. */
export function administrative(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--config <file>', 'settings, JSON with comments; each is an environment variable as well')
    .option('--json', 'print one JSON value, for programs')
}
