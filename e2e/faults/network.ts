import { spawnSync } from 'node:child_process'

/** A network of its own for one server, with a cable to the database and another one to its clients. */
export type Network = {
  /** What runs a process in it. */
  readonly under: readonly string[]
  /** Addresses at this end of the cable to the database, and of the server at the end of the other. */
  readonly database: string
  readonly server: string
  readonly cut: () => void
  readonly heal: () => void
  /** This end of the cable knows of no connection any more: as if its machine had been replaced. While it is cut, nobody hears of that. */
  readonly forget: () => void
  readonly close: () => void
}

export const NO_NETWORKS = 'NOT TRIED: a partition by network namespaces needs Linux, root and the command ip (Debian: iproute2)'
const NAME = `latchkey-${process.pid}`
const CABLE = `lk${process.pid}`

/** Whether this machine lets us make networks. */
export function canMakeNetworks(): boolean {
  const probe = `${NAME}-probe`
  const made = spawnSync('ip', ['netns', 'add', probe]).status === 0
  if (made) spawnSync('ip', ['netns', 'del', probe])
  return made
}

export function makeNetwork(): Network {
  const block = 16 + (process.pid % 200)
  const [database, atServer] = [`10.213.${block}.1`, `10.213.${block}.2`]
  const [client, server] = [`10.213.${block}.5`, `10.213.${block}.6`]
  ip(`netns add ${NAME}`)
  lay(`${CABLE}d`, database, atServer)
  lay(`${CABLE}c`, client, server)
  return {
    under: ['ip', 'netns', 'exec', NAME],
    database,
    server,
    cut: () => ip(`link set ${CABLE}d down`),
    heal: () => ip(`link set ${CABLE}d up`),
    forget: () => run('ss', ['-K', '-t', 'dst', atServer]),
    close: () => ip(`netns del ${NAME}`),
  }
}

/** A pair of interfaces: this end here, the other in the network. */
function lay(cable: string, here: string, there: string): void {
  ip(`link add ${cable} type veth peer name ${cable}x netns ${NAME}`)
  ip(`addr add ${here}/30 dev ${cable}`)
  ip(`link set ${cable} up`)
  ip(`-n ${NAME} addr add ${there}/30 dev ${cable}x`)
  ip(`-n ${NAME} link set ${cable}x up`)
  ip(`-n ${NAME} link set lo up`)
}

function ip(line: string): void {
  run('ip', line.split(' '))
}

function run(command: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`)
}
