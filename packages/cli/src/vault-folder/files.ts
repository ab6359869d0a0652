import { mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Copy, FileUnreachable, type VaultFiles, type VaultStorage } from '@latchkey/soft-token/platform'
import { create, erase, syncFolder } from './durable.ts'
import { withLock } from './lock.ts'

/** A file's copies by the ending of their names; `.gone` is one on its way out for good. */
const ENDING = { current: '.sealed', staged: '.sealed.new', old: '.sealed.old' } as const
const GONE = '.sealed.gone'
const ROLES = ['staged', 'current', 'old'] as const

/** The vault as a folder, mode 0700, of files, mode 0600. Only one process at a time is inside. */
export function openVaultFolder(folder: string): VaultStorage {
  return {
    exclusively: (work) => {
      const made = mkdirSync(folder, { recursive: true, mode: 0o700 })
      if (made !== undefined) syncUpTo(dirname(made), folder)
      return withLock(folder, () => work(filesIn(folder)))
    },
  }
}

/** Every folder that was made stands in its parent, durably. */
function syncUpTo(first: string, folder: string): void {
  for (let parent = dirname(folder); parent.length >= first.length; parent = dirname(parent)) {
    syncFolder(parent)
    if (parent === dirname(parent)) return
  }
}

function filesIn(folder: string): VaultFiles {
  return {
    names: async () => namesWith(folder, (endings) => endings.has(ENDING.current) || endings.has(ENDING.old)),
    unfinished: async () =>
      namesWith(folder, (endings) => endings.has(ENDING.staged) && !endings.has(ENDING.current) && !endings.has(ENDING.old)),
    removals: async () => namesWith(folder, (endings) => endings.has(GONE)),
    read: (name) => reaching(name, async () => copiesOf(folder, name)),
    replace: (name, bytes, during = {}) => replace(folder, name, bytes, during),
    settle: (name, chosen) => reaching(name, async () => settle(folder, name, chosen)),
    remove: (name, beforeErase) => reaching(name, () => remove(folder, name, beforeErase)),
  }
}

/** No permission for one file, or a disk that fails at it, says nothing of the others. */
async function reaching<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) throw new FileUnreachable(`${name}.sealed in the vault's folder`, { cause: error })
    throw error
  }
}

/** What is a file: a stray folder is none of ours. */
function filesOf(folder: string): Set<string> {
  const entries = readdirSync(folder, { withFileTypes: true })
  return new Set(entries.filter((entry) => entry.isFile()).map(({ name }) => name))
}

function namesWith(folder: string, wanted: (endings: ReadonlySet<string>) => boolean): string[] {
  const byName = new Map<string, Set<string>>()
  for (const entry of filesOf(folder)) {
    const [, name, ending] = /^(\d{10}|deviceSalt)(\.sealed(?:\.new|\.old|\.gone)?)$/.exec(entry) ?? []
    if (name === undefined || ending === undefined) continue
    byName.set(name, (byName.get(name) ?? new Set()).add(ending))
  }
  return [...byName].filter(([, endings]) => wanted(endings)).map(([name]) => name)
}

function copiesOf(folder: string, name: string): Copy[] {
  const present = filesOf(folder)
  return ROLES.filter((role) => present.has(name + ENDING[role])).map((role) => ({
    role,
    bytes: new Uint8Array(readFileSync(join(folder, name + ENDING[role]))),
  }))
}

async function replace(
  folder: string,
  name: string,
  bytes: Uint8Array,
  during: { beforeSwap?: () => Promise<void>; afterSwap?: () => Promise<void> },
): Promise<void> {
  const path = join(folder, name)
  create(path + ENDING.staged, bytes)
  if (during.beforeSwap !== undefined) {
    // The staged file is on disk, name and all, before anything that rests on it. If `beforeSwap` fails it stays: whether the key was
    // kept all the same is found out at the next start, by whether the file opens.
    syncFolder(folder)
    await during.beforeSwap()
  }
  const replaces = filesOf(folder).has(name + ENDING.current)
  if (replaces) renameSync(path + ENDING.current, path + ENDING.old)
  renameSync(path + ENDING.staged, path + ENDING.current)
  syncFolder(folder)
  await clearAway(path, replaces, during.afterSwap)
}

/** The change is made. What cannot be cleared away now is cleared away at the next start: no reason to tell the person that it failed. */
async function clearAway(path: string, replaced: boolean, afterSwap: (() => Promise<void>) | undefined): Promise<void> {
  try {
    await afterSwap?.()
    if (replaced) erase(path + ENDING.old)
  } catch {
    // The old copy is still there, and names its key: the next start finds both.
  }
}

function settle(folder: string, name: string, chosen: Copy): void {
  const path = join(folder, name)
  const roles = new Set(copiesOf(folder, name).map((copy) => copy.role))
  if (chosen.role === 'old') renameSync(path + ENDING.old, path + ENDING.current)
  if (chosen.role === 'staged') {
    if (roles.has('current')) {
      if (roles.has('old')) erase(path + ENDING.old)
      renameSync(path + ENDING.current, path + ENDING.old)
    }
    renameSync(path + ENDING.staged, path + ENDING.current)
  }
  syncFolder(folder)
  for (const copy of copiesOf(folder, name)) if (copy.role !== 'current') erase(path + ENDING[copy.role])
}

async function remove(folder: string, name: string, beforeErase: (bytes: Uint8Array) => Promise<void>): Promise<void> {
  const path = join(folder, name)
  for (;;) {
    if (filesOf(folder).has(name + GONE)) {
      await beforeErase(new Uint8Array(readFileSync(path + GONE)))
      erase(path + GONE)
    }
    const [copy] = copiesOf(folder, name)
    if (copy === undefined) return
    renameSync(path + ENDING[copy.role], path + GONE)
    syncFolder(folder)
  }
}
