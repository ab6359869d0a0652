import type { Copy, VaultFiles, VaultStorage } from '@latchkey/soft-token/platform'
import { bytesOf, FILE_BYTES, fillSlot, header, type Roles, rolesOf, SLOT_BYTES, STATE_PLACE, slotPlace, stateByte } from './slots.ts'

const LOCK = 'latchkey-vault'
const SLOTS = [0, 1] as const
const FORM = /^[0-9A-Za-z]{10}$/

/** The vault in the origin's private file system. Only a dedicated worker can open it (`createSyncAccessHandle`). */
export function openOpfsStorage(folder: string): VaultStorage {
  return {
    exclusively: (work) =>
      navigator.locks.request(LOCK, async () => {
        const root = await navigator.storage.getDirectory()
        return work(new OpfsFiles(await root.getDirectoryHandle(folder, { create: true })))
      }),
  }
}

class OpfsFiles implements VaultFiles {
  readonly #folder: FileSystemDirectoryHandle

  constructor(folder: FileSystemDirectoryHandle) {
    this.#folder = folder
  }

  names = (): Promise<string[]> =>
    this.#withRoles((roles) => roles === 'damaged' || (isRoles(roles) && roles.some((role) => role === 'current' || role === 'old')))

  unfinished = (): Promise<string[]> =>
    this.#withRoles((roles) => roles === 'unmade' || (isRoles(roles) && roles.every((role) => role === 'staged' || role === 'empty')))

  removals = (): Promise<string[]> => this.#withRoles((roles) => roles === 'removing')

  read = async (name: string): Promise<Copy[]> => (await this.#open(name, (file) => copiesOf(file.read()))) ?? []

  replace = async (
    name: string,
    bytes: Uint8Array,
    { beforeSwap, afterSwap }: { beforeSwap?: () => Promise<void>; afterSwap?: () => Promise<void> } = {},
  ): Promise<void> => {
    await this.#open(
      name,
      async (file) => {
        const { old, fresh } = file.stage(bytes)
        await beforeSwap?.()
        file.setRoles(old === undefined ? only(fresh, 'current') : both(fresh, 'current', 'old'))
        await afterSwap?.()
        if (old === undefined) return
        file.erase(old)
        file.setRoles(only(fresh, 'current'))
      },
      { create: true },
    )
  }

  settle = async (name: string, chosen: Copy): Promise<void> => {
    await this.#open(name, (file) => {
      const roles = rolesOf(file.read())
      if (!isRoles(roles)) return
      const slot = roles[0] === chosen.role ? 0 : 1
      const other = slot === 0 ? 1 : 0
      if (chosen.role === 'staged' && roles[other] === 'current') file.setRoles(both(slot, 'current', 'old'))
      file.erase(other)
      file.setRoles(only(slot, 'current'))
    })
  }

  remove = async (name: string, beforeErase: (bytes: Uint8Array) => Promise<void>): Promise<void> => {
    const erased = await this.#open(name, async (file) => {
      const copies = slotsOf(file.read())
      file.setState('removing')
      for (const bytes of copies) await beforeErase(bytes)
      for (const slot of SLOTS) file.erase(slot)
      return true
    })
    if (erased === true) await this.#folder.removeEntry(name)
  }

  async #withRoles(wanted: (roles: ReturnType<typeof rolesOf>) => boolean): Promise<string[]> {
    const names: string[] = []
    for await (const name of this.#folder.keys()) {
      const roles = FORM.test(name) ? await this.#open(name, (file) => rolesOf(file.read())) : undefined
      if (roles !== undefined && wanted(roles)) names.push(name)
    }
    return names
  }

  /** Undefined where there is no such file. */
  async #open<T>(name: string, work: (file: SlotFile) => T | Promise<T>, options = { create: false }): Promise<T | undefined> {
    const handle = await this.#folder.getFileHandle(name, options).catch((error: unknown) => {
      if (error instanceof DOMException && error.name === 'NotFoundError') return undefined
      throw error
    })
    if (handle === undefined) return undefined
    const access = await handle.createSyncAccessHandle()
    try {
      return await work(new SlotFile(access))
    } finally {
      access.close()
    }
  }
}

/** One file, open. Every step is on disk when it returns. */
class SlotFile {
  readonly #access: FileSystemSyncAccessHandle

  constructor(access: FileSystemSyncAccessHandle) {
    this.#access = access
  }

  read(): Uint8Array {
    const bytes = new Uint8Array(Math.min(this.#access.getSize(), FILE_BYTES))
    this.#access.read(bytes, { at: 0 })
    return bytes
  }

  /** Writes into the slot that nothing current stands in. */
  stage(bytes: Uint8Array): { old: 0 | 1 | undefined; fresh: 0 | 1 } {
    this.#make()
    const roles = rolesOf(this.read())
    if (!isRoles(roles)) throw new Error('a file that cannot be read is not replaced')
    const old = SLOTS.find((slot) => roles[slot] === 'current')
    const fresh = old === 0 ? 1 : 0
    this.setRoles(old === undefined ? ['empty', 'empty'] : only(old, 'current'))
    this.#write(fillSlot(bytes), slotPlace(fresh))
    this.setRoles(old === undefined ? only(fresh, 'staged') : both(fresh, 'staged', 'current'))
    return { old, fresh }
  }

  setRoles(roles: Roles): void {
    this.setState(roles)
  }

  setState(state: Roles | 'removing'): void {
    this.#write(Uint8Array.of(stateByte(state)), STATE_PLACE)
  }

  erase(slot: 0 | 1): void {
    this.#write(new Uint8Array(SLOT_BYTES), slotPlace(slot))
  }

  /** The whole room at once: what is written later never asks for more. */
  #make(): void {
    if (rolesOf(this.read()) !== 'unmade') return
    this.#write(new Uint8Array(FILE_BYTES), 0)
    this.#write(header(), 0)
  }

  #write(bytes: Uint8Array<ArrayBuffer>, at: number): void {
    const written = this.#access.write(bytes, { at })
    this.#access.flush()
    if (written !== bytes.length) throw new DOMException('not all of it was written', 'QuotaExceededError')
  }
}

function isRoles(roles: ReturnType<typeof rolesOf>): roles is Roles {
  return typeof roles !== 'string'
}

function only(slot: 0 | 1, role: 'staged' | 'current'): Roles {
  return slot === 0 ? [role, 'empty'] : ['empty', role]
}

function both(slot: 0 | 1, role: 'staged' | 'current', other: 'current' | 'old'): Roles {
  return slot === 0 ? [role, other] : [other, role]
}

function copiesOf(file: Uint8Array): Copy[] {
  const roles = rolesOf(file)
  if (!isRoles(roles)) return []
  return SLOTS.flatMap((slot) => {
    const role = roles[slot]
    return role === 'empty' ? [] : [{ role, bytes: bytesOf(file, slot) }]
  })
}

/** Whatever stands in the slots, in whatever state. */
function slotsOf(file: Uint8Array): Uint8Array[] {
  return file.length < FILE_BYTES ? [] : SLOTS.map((slot) => bytesOf(file, slot)).filter((bytes) => bytes.length > 0)
}
