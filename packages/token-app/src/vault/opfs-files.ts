import type { Copy, VaultFiles, VaultStorage } from '@latchkey/soft-token/platform'
import { type Access, openFolder } from './opfs-folder.ts'
import { eraseSlots, fillSlot, makeWhole, markRemoving, readWhole, setState } from './slot-file.ts'
import { copiesIn, type Layout, layoutOf, NOTHING, otherThan, type Roles, remainsIn, rolesWith, type Slot, slotWith } from './slots.ts'

const LOCK = 'latchkey-vault'
const ERASED = new Uint8Array()

/** The vault in the origin's private file system. Only one worker of all tabs is inside at a time. */
export const opfsStorage: VaultStorage = {
  exclusively: <T>(work: (files: VaultFiles) => Promise<T>): Promise<T> =>
    navigator.locks.request(LOCK, async () => {
      const folder = await openFolder()
      try {
        return await work(filesIn(folder))
      } finally {
        folder.close()
      }
    }),
}

function filesIn(folder: Access): VaultFiles {
  return {
    names: () => namesWith(folder, isInPlace),
    unfinished: () => namesWith(folder, (layout) => layout === 'unborn' || (typeof layout !== 'string' && !isInPlace(layout))),
    removals: () => namesWith(folder, (layout) => layout === 'removing'),
    read: async (name) => ((await folder.names()).includes(name) ? copiesIn(readWhole(await folder.open(name))) : []),
    replace: (name, bytes, during = {}) => replace(folder, name, bytes, during),
    settle: async (name, chosen) => settle(await folder.open(name), chosen),
    remove: (name, beforeErase) => remove(folder, name, beforeErase),
  }
}

/** A file that does not say what it is counts as one whose content is damaged: it is never taken for nothing. */
function isInPlace(layout: Layout): boolean {
  return layout === 'damaged' || (typeof layout !== 'string' && slotWith(layout, 'current') !== undefined)
}

async function namesWith(folder: Access, fits: (layout: Layout) => boolean): Promise<string[]> {
  const names: string[] = []
  for (const name of await folder.names()) if (fits(layoutOf(readWhole(await folder.open(name))))) names.push(name)
  return names
}

type During = { beforeSwap?: () => Promise<void>; afterSwap?: () => Promise<void> }

async function replace(folder: Access, name: string, bytes: Uint8Array, during: During): Promise<void> {
  const handle = await folder.openOrMake(name)
  const current = prepare(handle)
  const target = current === undefined ? 'A' : otherThan(current)
  fillSlot(handle, target, bytes)
  if (during.beforeSwap !== undefined) {
    // If `beforeSwap` fails the copy stays staged: whether its key was kept all the same is found out by whether it opens.
    setState(handle, rolesWith(target, 'staged', current === undefined ? 'empty' : 'current'))
    await during.beforeSwap()
  }
  setState(handle, rolesWith(target, 'current', current === undefined ? 'empty' : 'old'))
  await clearAway(handle, target, during.afterSwap)
}

/** Brings a file to nothing, or to one copy in place, so that the other slot is free. Returns the slot that is taken. */
function prepare(handle: FileSystemSyncAccessHandle): Slot | undefined {
  const layout = layoutOf(readWhole(handle))
  if (layout === 'unborn') {
    makeWhole(handle)
    return undefined
  }
  if (typeof layout === 'string') throw new Error(`a file that is ${layout} is not written to`)
  const current = slotWith(layout, 'current')
  const free = current === undefined ? NOTHING : rolesWith(current, 'current', 'empty')
  if (!sameRoles(layout, free)) setState(handle, free)
  return current
}

function sameRoles(one: Roles, other: Roles): boolean {
  return one.A === other.A && one.B === other.B
}

/** The change is made. What cannot be cleared away now is cleared away later: no reason to tell the person that it failed. */
async function clearAway(handle: FileSystemSyncAccessHandle, current: Slot, afterSwap: During['afterSwap']): Promise<void> {
  try {
    await afterSwap?.()
    eraseBeside(handle, current)
  } catch {
    // The old copy is still there, and names its key: the next opening finds both.
  }
}

/** The bytes beside a copy in place are overwritten before the state forgets them. */
function eraseBeside(handle: FileSystemSyncAccessHandle, current: Slot): void {
  fillSlot(handle, otherThan(current), ERASED)
  setState(handle, rolesWith(current, 'current', 'empty'))
}

function settle(handle: FileSystemSyncAccessHandle, chosen: Copy): void {
  const layout = layoutOf(readWhole(handle))
  const slot = typeof layout === 'string' ? undefined : slotWith(layout, chosen.role)
  if (typeof layout === 'string' || slot === undefined || chosen.role === 'old') throw new Error('there is no such copy to put in place')
  const replaces = chosen.role === 'staged' && slotWith(layout, 'current') !== undefined
  if (replaces) setState(handle, rolesWith(slot, 'current', 'old'))
  eraseBeside(handle, slot)
}

async function remove(folder: Access, name: string, beforeErase: (bytes: Uint8Array) => Promise<void>): Promise<void> {
  if (!(await folder.names()).includes(name)) return
  const handle = await folder.open(name)
  const file = readWhole(handle)
  if (layoutOf(file) !== 'unborn') {
    if (layoutOf(file) !== 'removing') markRemoving(handle)
    for (const bytes of remainsIn(file)) await beforeErase(bytes)
    eraseSlots(handle)
  }
  await folder.unlink(name)
}
