import { basename } from 'node:path'

/** What `disk.c` noted, in order. `at` is where the note stands: a sync covers what was noted before `offset`. */
export type Note = { kind: Kind; at: number; path: string; offset: number; data: Uint8Array }
const KINDS = ['', 'write', 'truncate', 'sync', 'create', 'remove', 'sync-folder', 'lose'] as const
type Kind = (typeof KINDS)[number]

const HEAD_BYTES = 24
/** A disk writes sectors whole, in any order. */
const SECTOR = 512

/** @throws Error if the notes are not those of `disk.c`; a note that a kill cut short is left out */
export function parseNotes(bytes: Uint8Array): Note[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const notes: Note[] = []
  for (let at = 0; at + HEAD_BYTES <= bytes.length; ) {
    const kind = KINDS[view.getUint32(at, true)] ?? ''
    if (kind === '') throw new Error(`no note stands at ${at}`)
    const from = at + HEAD_BYTES
    const data = from + view.getUint32(at + 4, true)
    const end = data + Number(view.getBigUint64(at + 16, true))
    if (end > bytes.length) break
    const path = Buffer.from(bytes.subarray(from, data)).toString()
    notes.push({ kind, at, path, offset: Number(view.getBigUint64(at + 8, true)), data: bytes.subarray(data, end) })
    at = end
  }
  return notes
}

/** A file as the disk has it, in a buffer that has room to grow, and what is on its way there. */
type OnDisk = Contents & { waiting: Note[] }
type Contents = { buffer: Uint8Array; length: number }
type Named = Map<string, OnDisk>

/**
 * The files as they are after a power cut: everything that was synced, and of the rest what the draw says: nothing, all of it, or some
 * sectors of it and not others. Names are there, or gone, in the order in which they were made.
 */
export function cutPower(before: ReadonlyMap<string, Uint8Array>, notes: readonly Note[], draw: () => number): Map<string, Uint8Array> {
  const names: Named = new Map([...before].map(([name, bytes]) => [name, { buffer: bytes.slice(), length: bytes.length, waiting: [] }]))
  const durable: Named = new Map(names)
  let renamed: ((to: Named) => void)[] = []
  for (const note of notes) {
    const name = basename(note.path)
    const file = names.get(name)
    if (note.kind === 'sync-folder') {
      for (const rename of renamed) rename(durable)
      renamed = []
    } else if (note.kind === 'create') {
      const made: OnDisk = { buffer: new Uint8Array(), length: 0, waiting: [] }
      names.set(name, made)
      renamed.push((to) => to.set(name, made))
    } else if (note.kind === 'remove') {
      names.delete(name)
      renamed.push((to) => to.delete(name))
    } else if (file !== undefined) follow(file, note)
  }
  for (const rename of renamed.slice(0, Math.floor(draw() * (renamed.length + 1)))) rename(durable)
  const luck = draw()
  return new Map([...durable].map(([name, file]) => [name, afterCut(file, luck, draw)]))
}

function follow(file: OnDisk, note: Note): void {
  if (note.kind === 'write' || note.kind === 'truncate') return void file.waiting.push(note)
  const meant = file.waiting.filter(({ at }) => at < note.offset)
  file.waiting = file.waiting.filter(({ at }) => at >= note.offset)
  if (note.kind === 'sync') for (const one of meant) apply(file, one)
}

type Put = Pick<Note, 'kind' | 'offset' | 'data'>

function apply(contents: Contents, { kind, offset, data }: Put): void {
  if (kind === 'truncate') {
    contents.buffer.fill(0, offset)
    reserve(contents, offset)
    contents.length = offset
    return
  }
  reserve(contents, offset + data.length)
  contents.buffer.set(data, offset)
  contents.length = Math.max(contents.length, offset + data.length)
}

function reserve(contents: Contents, length: number): void {
  if (length <= contents.buffer.length) return
  const larger = new Uint8Array(2 * length)
  larger.set(contents.buffer)
  contents.buffer = larger
}

/** A third of the cuts leave nothing that was not synced, a third all of it, a third some. */
function afterCut(file: OnDisk, luck: number, draw: () => number): Uint8Array {
  const some = luck < 2 / 3 ? file.waiting : file.waiting.flatMap((note) => sectorsOf(note).filter(() => draw() < 0.5))
  if (luck >= 1 / 3) for (const put of some) apply(file, put)
  return file.buffer.subarray(0, file.length)
}

function sectorsOf(note: Note): Put[] {
  if (note.kind === 'truncate') return [note]
  const sectors: Put[] = []
  for (let from = 0; from < note.data.length; ) {
    const to = Math.min(note.data.length, from + SECTOR - ((note.offset + from) % SECTOR))
    sectors.push({ kind: 'write', offset: note.offset + from, data: note.data.subarray(from, to) })
    from = to
  }
  return sectors
}
