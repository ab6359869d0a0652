import { parseArgs } from 'node:util'

/** What is measured, and how long. */
export type Options = {
  sizes: readonly number[]
  rounds: number
  /** Of each run, and of warming each server. */
  seconds: number
  warmSeconds: number
  /** Parts of names of those that are run; all where it is empty. */
  only: readonly string[]
  quick: boolean
  /** A result that is written anew instead of a run. */
  from: string | undefined
}

const WHOLE = { sizes: '1000,100000,1000000', rounds: '5', seconds: '4', warm: '4' }
const QUICK = { sizes: '1000,10000', rounds: '2', seconds: '1.5', warm: '1' }

/** `--peers [--quick] [--sizes 1000,100000] [--rounds 5] [--seconds 4] [--warm 4] [--only latchkey,keycloak]`, or `--peers --from FILE` */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      peers: { type: 'boolean' },
      quick: { type: 'boolean', default: false },
      sizes: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      warm: { type: 'string' },
      only: { type: 'string', default: '' },
      from: { type: 'string' },
    },
  })
  const usual = values.quick ? QUICK : WHOLE
  return {
    sizes: (values.sizes ?? usual.sizes).split(',').map(Number),
    rounds: Number(values.rounds ?? usual.rounds),
    seconds: Number(values.seconds ?? usual.seconds),
    warmSeconds: Number(values.warm ?? usual.warm),
    only: values.only.split(',').filter((part) => part !== ''),
    quick: values.quick,
    from: values.from,
  }
}
