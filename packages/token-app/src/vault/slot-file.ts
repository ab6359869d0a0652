import { codeOf, FILE_BYTES, headerOf, NOTHING, pageWith, type Slot, STATE_AT, type State, slotAt } from './slots.ts'

/** A file as it is. An access handle holds it alone, and gives it back by `close`. */
export function readWhole(handle: FileSystemSyncAccessHandle): Uint8Array {
  const file = new Uint8Array(handle.getSize())
  if (handle.read(file, { at: 0 }) !== file.length) throw new DOMException('a file was read short', 'NotReadableError')
  return file
}

/** Gives a new file all the room that it will ever need: nothing that is stored in it later can find the medium full. */
export function makeWhole(handle: FileSystemSyncAccessHandle): void {
  handle.truncate(FILE_BYTES)
  writeAll(handle, new Uint8Array(FILE_BYTES), 0)
  writeAll(handle, headerOf(NOTHING), 0)
}

/** Fills a slot; with no bytes, erases it. */
export function fillSlot(handle: FileSystemSyncAccessHandle, slot: Slot, bytes: Uint8Array): void {
  const page = pageWith(bytes)
  writeAll(handle, page, slotAt(slot))
  page.fill(0)
}

/** One byte, on the medium when it returns. */
export function setState(handle: FileSystemSyncAccessHandle, state: State): void {
  writeAll(handle, Uint8Array.of(codeOf(state)), STATE_AT)
}

/** Overwrites everything but the header, whatever size a damaged file has. */
export function eraseSlots(handle: FileSystemSyncAccessHandle): void {
  const start = slotAt('A')
  writeAll(handle, new Uint8Array(Math.max(handle.getSize(), FILE_BYTES) - start), start)
}

/** Marks any file, however damaged, as on its way out. */
export function markRemoving(handle: FileSystemSyncAccessHandle): void {
  writeAll(handle, headerOf('removing'), 0)
}

/** Every step is on the medium before the next begins. */
function writeAll(handle: FileSystemSyncAccessHandle, bytes: Uint8Array, at: number): void {
  if (handle.write(bytes, { at }) !== bytes.length) throw new DOMException('a file was written short', 'QuotaExceededError')
  handle.flush()
}
