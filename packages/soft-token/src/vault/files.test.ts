import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { beforeEach, describe, expect, test } from 'vitest'
import { type Disk, Killed, type MemoryPlatform, makeDisk, seededDraw, startProcess } from '../../test/memory-platform.ts'
import { type Copy, type KeyId, KeyUnreachable } from '../platform.ts'
import { keepSaltNear, openDeviceSalt, openOrMakeDeviceSalt } from './device-salt.ts'
import { DEVICE_SALT, encloseWith, FORMAT_VERSION, keyIdOf, parseEnvelope } from './envelope.ts'
import { openFile, withVault } from './files.ts'

const NAME = '0482915736'
let disk: Disk
let platform: MemoryPlatform

beforeEach(() => {
  disk = makeDisk()
  platform = startProcess(disk, seededDraw(21))
})

/** Lays one copy of a file, as a kill may have left it. */
async function lay(role: Copy['role'] | 'gone', text: string, { kept = true, name = NAME } = {}): Promise<KeyId> {
  const key = await platform.keys.draw()
  const bytes = await encloseWith(key.seal, key.id, name, utf8ToBytes(text))
  if (kept) await platform.keys.keep(key)
  disk.files.set(name, (disk.files.get(name) ?? new Map()).set(role, bytes))
  return key.id
}

const open = (name = NAME) => withVault(platform, (files) => openFile(platform, files, name))
const roles = (name = NAME): string[] => [...(disk.files.get(name)?.keys() ?? [])]
const isKept = (id: KeyId): boolean => disk.keys.has(bytesToHex(id))

async function expectOpens(text: string): Promise<void> {
  const opened = await open()
  expect(typeof opened === 'string' ? opened : new TextDecoder().decode(opened.plaintext)).toBe(text)
}

describe('what a kill left', () => {
  test('a staged copy whose key was kept is put in place; the old key goes', async () => {
    const old = await lay('current', 'old')
    const fresh = await lay('staged', 'new')
    await expectOpens('new')
    expect([roles(), isKept(old), isKept(fresh)]).toEqual([['current'], false, true])
    await expectOpens('new')
  })

  test('a staged copy whose key was not kept never was', async () => {
    const old = await lay('current', 'old')
    await lay('staged', 'new', { kept: false })
    await expectOpens('old')
    expect([roles(), isKept(old)]).toEqual([['current'], true])
  })

  test('between the two steps of a swap the staged copy counts', async () => {
    const old = await lay('old', 'old')
    await lay('staged', 'new')
    await expectOpens('new')
    expect([roles(), isKept(old)]).toEqual([['current'], false])
  })

  test('what is in place counts, not what it replaced', async () => {
    const old = await lay('old', 'old')
    const current = await lay('current', 'new')
    await expectOpens('new')
    expect([roles(), isKept(old), isKept(current)]).toEqual([['current'], false, true])
  })

  test('an old copy counts where nothing else is, and is put back in its place', async () => {
    const old = await lay('old', 'old')
    await expectOpens('old')
    expect([roles(), isKept(old)]).toEqual([['current'], true])
  })

  test('an old copy never stands in for a damaged one: that would give tries back', async () => {
    await lay('old', 'old')
    await lay('current', 'new', { kept: false })
    expect(await open()).toBe('vault-damaged')
    expect(roles()).toEqual(['old', 'current'])
  })

  test('a staged copy of a newer version stops everything', async () => {
    await lay('current', 'old')
    await lay('staged', 'new')
    const staged = disk.files.get(NAME)?.get('staged')
    if (staged !== undefined) staged[3] = FORMAT_VERSION + 1
    expect(await open()).toBe('vault-newer')
    expect(roles()).toEqual(['current', 'staged'])
  })

  test('one copy in its place is only read', async () => {
    await lay('current', 'whole')
    disk.fuse = 0
    await expectOpens('whole')
  })

  test('a file that was being made for the first time is there if its key was kept', async () => {
    await lay('staged', 'first')
    expect(await withVault(platform, (files) => files.names())).toEqual([NAME])
    await expectOpens('first')
  })

  test('and is gone without a trace if it was not', async () => {
    await lay('staged', 'first', { kept: false })
    expect(await withVault(platform, (files) => files.names())).toEqual([])
    expect(roles()).toEqual([])
  })

  test('unless a newer version was making it', async () => {
    await lay('staged', 'first', { kept: false })
    const staged = disk.files.get(NAME)?.get('staged')
    if (staged !== undefined) staged[3] = FORMAT_VERSION + 1
    await withVault(platform, async () => undefined)
    expect(roles()).toEqual(['staged'])
  })

  test('a removal is finished, key and all', async () => {
    const id = await lay('gone', 'was')
    await withVault(platform, async () => undefined)
    expect([roles(), isKept(id)]).toEqual([[], false])
  })

  test('a removal of what is too short to name a key is finished as well', async () => {
    disk.files.set(NAME, new Map([['gone', new Uint8Array(10)]]))
    await withVault(platform, async () => undefined)
    expect(roles()).toEqual([])
  })

  test('a file of which nothing is left is damaged, and nothing is done', async () => {
    expect(await open()).toBe('vault-damaged')
  })
})

describe('the clear part of a file', () => {
  const whole = async (): Promise<Uint8Array> => {
    await lay('current', 'x')
    return disk.files.get(NAME)?.get('current') ?? new Uint8Array(0)
  }

  test('is `LKV`, version, owner, key id', async () => {
    const bytes = await whole()
    expect(new TextDecoder().decode(bytes.subarray(0, 3))).toBe('LKV')
    expect(bytes[3]).toBe(1)
    expect(parseEnvelope(bytes, NAME)).toMatchObject({ owner: NAME, keyId: bytes.slice(14, 30), sealed: bytes.slice(30) })
  })

  test.each([
    ['another first letter', (bytes: Uint8Array) => bytes.fill(77, 0, 1), 'vault-damaged'],
    ['another last letter of its mark', (bytes: Uint8Array) => bytes.fill(77, 2, 3), 'vault-damaged'],
    ['version 0', (bytes: Uint8Array) => bytes.fill(0, 3, 4), 'vault-damaged'],
    ['version 2', (bytes: Uint8Array) => bytes.fill(2, 3, 4), 'vault-newer'],
    ['version 255', (bytes: Uint8Array) => bytes.fill(255, 3, 4), 'vault-newer'],
    ['another owner', (bytes: Uint8Array) => bytes.fill(49, 4, 5), 'vault-damaged'],
    ['one byte less than it takes to name a key', (bytes: Uint8Array) => bytes.slice(0, 29), 'vault-damaged'],
    ['nothing', () => new Uint8Array(0), 'vault-damaged'],
  ])('with %s is refused', async (_what, spoil, refusal) => {
    expect(parseEnvelope(spoil(await whole()), NAME)).toBe(refusal)
  })

  test('names its key even where nothing follows, and none where it is cut', async () => {
    const bytes = await whole()
    expect(keyIdOf(bytes.slice(0, 30), NAME)).toEqual(bytes.slice(14, 30))
    expect(keyIdOf(bytes.slice(0, 29), NAME)).toBeUndefined()
    expect(keyIdOf(bytes, '1111111111')).toBeUndefined()
    expect(parseEnvelope(bytes.slice(0, 30), NAME)).toMatchObject({ sealed: new Uint8Array(0) })
  })

  test('version and owner are bound to the seal', async () => {
    await lay('current', 'mine')
    const bytes = disk.files.get(NAME)?.get('current')?.slice() ?? new Uint8Array(0)
    bytes.fill(49, 4, 14)
    disk.files.set('1111111111', new Map([['current', bytes]]))
    expect(await open('1111111111')).toBe('vault-damaged')
  })
})

describe('the device salt', () => {
  const make = () => platform.storage.exclusively((files) => openOrMakeDeviceSalt(platform, files))

  test('is made once and opened from then on', async () => {
    const salt = await make()
    expect(salt).toHaveLength(32)
    expect(await make()).toEqual(salt)
    expect(await platform.storage.exclusively((files) => openDeviceSalt(platform, files))).toEqual(salt)
  })

  test('is made anew where a damaged one serves no identity', async () => {
    await lay('current', 'x', { name: DEVICE_SALT, kept: false })
    expect(await make()).toHaveLength(32)
  })

  test('is refused, and left, where identities rest on it', async () => {
    await lay('current', 'x', { name: DEVICE_SALT, kept: false })
    await lay('current', 'an identity')
    expect(await make()).toBe('vault-damaged')
  })

  test('of a newer version is refused, and left, even where no identity rests on it', async () => {
    await lay('current', 'x', { name: DEVICE_SALT })
    disk.files.get(DEVICE_SALT)?.get('current')?.fill(2, 3, 4)
    expect(await make()).toBe('vault-newer')
  })
})

test('the device salt is sealed anew beside a key that is nearer than its own, and its old key goes', async () => {
  const far = await platform.storage.exclusively(async (files) => {
    await openOrMakeDeviceSalt(platform, files)
    return keyIdOf(disk.files.get(DEVICE_SALT)?.get('current') ?? new Uint8Array(0), DEVICE_SALT)
  })
  if (far === undefined) throw new Error('a salt')
  const near = { ...platform, keys: { ...platform.keys, isAsNear: (id: KeyId) => id.join() !== far.join() } }
  const identity = await lay('current', 'an identity')
  const salts = await near.storage.exclusively(async (files) => {
    const before = await openDeviceSalt(near, files)
    if (typeof before === 'string') throw new Error(before)
    await keepSaltNear(near, files, before, identity)
    disk.fuse = 0
    await keepSaltNear(near, files, before, identity)
    return [before, await openDeviceSalt(near, files)]
  })
  expect(salts[1]).toEqual(salts[0])
  expect([roles(DEVICE_SALT), isKept(far)]).toEqual([['current'], false])
})

describe('a key that cannot be reached', () => {
  const away = (ids: KeyId[]): MemoryPlatform => {
    const reach = (id: KeyId): void => {
      if (ids.some((one) => one.join() === id.join())) throw new KeyUnreachable()
    }
    const { open: openWith, forget } = platform.keys
    const keys = {
      ...platform.keys,
      open: async (...args: Parameters<typeof openWith>) => {
        reach(args[0])
        return openWith(...args)
      },
      forget: async (id: KeyId) => {
        reach(id)
        return forget(id)
      },
    }
    return { ...platform, keys }
  }

  test('leaves nothing of a file that was being made for the first time', async () => {
    const id = await lay('staged', 'first')
    expect(await withVault(away([id]), (files) => files.names())).toEqual([])
    expect(roles()).toEqual([])
  })

  test('of what was replaced does not keep back what replaced it', async () => {
    const old = await lay('old', 'old')
    await lay('current', 'new')
    const opened = await withVault(away([old]), (files) => openFile(away([old]), files, NAME))
    expect(typeof opened === 'string' ? opened : new TextDecoder().decode(opened.plaintext)).toBe('new')
    expect(roles()).toEqual(['current'])
  })

  test('of a staged copy may have been kept: what is in place is not taken for the last word', async () => {
    await lay('current', 'old')
    const staged = await lay('staged', 'new')
    await expect(withVault(platform, (files) => openFile(away([staged]), files, NAME))).rejects.toThrow(KeyUnreachable)
    expect(roles()).toEqual(['current', 'staged'])
  })
})

test('a killed process gives its turn back', async () => {
  await expect(
    withVault(platform, async () => {
      throw new Killed()
    }),
  ).rejects.toThrow(Killed)
  expect(await withVault(platform, async () => 'mine')).toBe('mine')
})
