import type { Copy } from '@latchkey/soft-token/platform'

/**
 * A file of the vault, made at its full size once: a page with the magic and the state, then two slots of a page each.
 * The state says what both slots hold and is one byte, so that a swap is one byte written and cannot tear.
 */
const PAGE_BYTES = 4096
export const FILE_BYTES = 3 * PAGE_BYTES
export const STATE_AT = 7
const MAGIC = Uint8Array.from('LKSLOT1', (letter) => letter.charCodeAt(0))
const LENGTH_BYTES = 4

export type Slot = 'A' | 'B'
type Content = Copy['role'] | 'empty'
export type Roles = Readonly<Record<Slot, Content>>
export type State = Roles | 'removing'
/** `unborn`: nothing was ever stored here. `damaged`: not to be written to, but by a removal. */
export type Layout = State | 'unborn' | 'damaged'

const REMOVING = 0xcc
/** Words of the extended Hamming code (8, 4): between any two of them, or one of them and a byte of equal bits, four bits differ. */
const CODES: readonly (readonly [code: number, A: Content, B: Content])[] = [
  [0x0f, 'empty', 'empty'],
  [0x33, 'staged', 'empty'],
  [0x3c, 'empty', 'staged'],
  [0x55, 'current', 'empty'],
  [0x5a, 'empty', 'current'],
  [0x66, 'current', 'staged'],
  [0x69, 'staged', 'current'],
  [0x96, 'current', 'old'],
  [0x99, 'old', 'current'],
]
export const NOTHING: Roles = { A: 'empty', B: 'empty' }

/** @throws if a file cannot be in such a state */
export function codeOf(state: State): number {
  if (state === 'removing') return REMOVING
  const row = CODES.find(([, A, B]) => A === state.A && B === state.B)
  if (row === undefined) throw new Error(`no file is ${state.A} and ${state.B}`)
  return row[0]
}

function stateOf(code: number | undefined): State | undefined {
  if (code === REMOVING) return 'removing'
  const row = CODES.find(([known]) => known === code)
  return row === undefined ? undefined : { A: row[1], B: row[2] }
}

/** The first page of a file in this state. */
export function headerOf(state: State): Uint8Array {
  const header = new Uint8Array(PAGE_BYTES)
  header.set(MAGIC)
  header[STATE_AT] = codeOf(state)
  return header
}

/** What a whole file says of itself. */
export function layoutOf(file: Uint8Array): Layout {
  if (file.every((byte) => byte === 0)) return 'unborn'
  const state = stateOf(file[STATE_AT])
  const holds = file.length === FILE_BYTES && state !== undefined
  return holds && headerOf(state).every((byte, index) => file[index] === byte) ? state : 'damaged'
}

/** What is in place, what was being put there, what was replaced. Undefined bytes are as none: nothing opens them. */
export function copiesIn(file: Uint8Array): Copy[] {
  const layout = layoutOf(file)
  if (typeof layout === 'string') return []
  return SLOTS.flatMap((slot): Copy[] => {
    const role = layout[slot]
    if (role === 'empty') return []
    const bytes = contentOf(pageOf(file, slot))
    // An old copy that is erased already is none.
    return role === 'old' && bytes?.length === 0 ? [] : [{ role, bytes: bytes ?? new Uint8Array() }]
  })
}

/** What may name keys in a file that is to go, whatever its state: the keys go with it. */
export function remainsIn(file: Uint8Array): Uint8Array[] {
  const remains = SLOTS.map((slot) => pageOf(file, slot)).map((page) => contentOf(page) ?? page.slice(LENGTH_BYTES))
  return remains.filter((bytes) => bytes.length > 0)
}

export const SLOTS: readonly Slot[] = ['A', 'B']

export function otherThan(slot: Slot): Slot {
  return slot === 'A' ? 'B' : 'A'
}

export function slotWith(roles: Roles, content: Content): Slot | undefined {
  return SLOTS.find((slot) => roles[slot] === content)
}

/** Both slots by what one of them holds. */
export function rolesWith(slot: Slot, content: Content, other: Content): Roles {
  return slot === 'A' ? { A: content, B: other } : { A: other, B: content }
}

export function slotAt(slot: Slot): number {
  return slot === 'A' ? PAGE_BYTES : 2 * PAGE_BYTES
}

/** A slot's page with these bytes in it; with none, it is erased. @throws if they do not fit */
export function pageWith(bytes: Uint8Array): Uint8Array {
  if (bytes.length > PAGE_BYTES - LENGTH_BYTES) throw new Error('a record does not fit into its slot')
  const page = new Uint8Array(PAGE_BYTES)
  new DataView(page.buffer).setUint32(0, bytes.length)
  page.set(bytes, LENGTH_BYTES)
  return page
}

function pageOf(file: Uint8Array, slot: Slot): Uint8Array {
  return file.slice(slotAt(slot), slotAt(slot) + PAGE_BYTES)
}

/** Undefined if the length cannot be, or anything stands behind the bytes. */
function contentOf(page: Uint8Array): Uint8Array | undefined {
  if (page.length < PAGE_BYTES) return undefined
  const end = LENGTH_BYTES + new DataView(page.buffer).getUint32(0)
  return end <= PAGE_BYTES && page.subarray(end).every((byte) => byte === 0) ? page.slice(LENGTH_BYTES, end) : undefined
}
