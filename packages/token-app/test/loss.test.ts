import type { Browser, BrowserContext, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  activate,
  caughtPin,
  cheapArgon2id,
  givesRightCode,
  issue,
  listingOf,
  lockToken,
  OTHER_PIN,
  PIN,
  show,
  summaryOf,
  unlockToken,
} from './person.ts'
import { launch, openTab } from './vault-browser.ts'
import { deleteFiles, deleteKeys, fileNames, fileOf, keysOf, setQuota, writeFile } from './vault-disk.ts'
import { openCheapVaultSite, type VaultSite } from './vault-site.ts'

const SLOT_A = 4096
const SLOT_B = 8192
const PLENTY = 1e9

let site: VaultSite
let browser: Browser
let context: BrowserContext
let page: Page

beforeAll(async () => {
  site = await openCheapVaultSite()
  browser = await launch()
})
afterAll(async () => {
  await browser?.close()
  await site?.close()
})
beforeEach(async () => {
  context = await browser.newContext()
  page = await openTab(context, site.url)
})
afterEach(() => context.close())

/** Which slot's bytes count, and how many there are. */
async function currentOf(serial: string) {
  const file = await fileOf(page, serial)
  const start = file[7] === 0x55 ? SLOT_A : SLOT_B
  const length = new DataView(file.buffer).getUint32(start)
  return { file, start, length, bytes: file.slice(start + 4, start + 4 + length) }
}

function holds(file: Uint8Array, part: Uint8Array): boolean {
  return Buffer.from(file).includes(part)
}

test('a byte that is not as it was: the identity is refused, and its file is left as it is', async () => {
  const { serial } = await activate(page, 'Work', cheapArgon2id)
  const { start, length } = await currentOf(serial)
  const header = Array.from({ length: 8 }, (_, at) => at)
  const record = Array.from({ length: length + 4 }, (_, at) => start + at)
  const padding = [8, 2047, 4095, start + 4 + length, start + 4095]
  const wrong = await page.evaluate(
    async ({ name, places }) => {
      const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('vault')
      const handle = await folder.getFileHandle(name)
      const whole = new Uint8Array(await (await handle.getFile()).arrayBuffer())
      const write = async (bytes: Uint8Array<ArrayBuffer>) => {
        const writable = await handle.createWritable()
        await writable.write(bytes)
        await writable.close()
      }
      const failed: string[] = []
      for (const at of places) {
        const flipped = whole.slice()
        flipped[at] = (whole[at] ?? 0) ^ (1 << (at % 8))
        await write(flipped)
        const listing = await vault.list()
        const after = new Uint8Array(await (await handle.getFile()).arrayBuffer())
        if ('ok' in listing || listing.unreadable.length !== 1) failed.push(`${at} was not refused`)
        if (after.some((byte, index) => byte !== flipped[index])) failed.push(`${at} was written to`)
      }
      await write(whole)
      return failed
    },
    { name: serial, places: [...header, ...record, ...padding] },
  )
  expect(wrong).toEqual([])
  expect((await listingOf(page)).identities).toHaveLength(1)
})

test('the files of two identities that were swapped open neither', async () => {
  const [one, other] = [await activate(page, 'Work', cheapArgon2id), await activate(page, 'Bank', cheapArgon2id)]
  const [mine, theirs] = [await fileOf(page, one.serial), await fileOf(page, other.serial)]
  await writeFile(page, one.serial, theirs)
  await writeFile(page, other.serial, mine)
  expect(await show(page, one.serial, PIN)).toEqual({ ok: false, error: 'vault-damaged' })
  expect((await listingOf(page)).unreadable.map(({ label }) => label).sort()).toEqual(['Bank', 'Work'])
  expect(await fileOf(page, one.serial)).toEqual(theirs)
  await writeFile(page, one.serial, mine)
  await writeFile(page, other.serial, theirs)
  expect(await givesRightCode(page, one)).toBe(true)
})

test('a file of a newer version is left as it is', async () => {
  const token = await activate(page, 'Work', cheapArgon2id)
  const { file, start } = await currentOf(token.serial)
  const newer = file.slice()
  newer[start + 4 + 3] = 2
  await writeFile(page, token.serial, newer)
  expect(await show(page, token.serial, PIN)).toEqual({ ok: false, error: 'vault-newer' })
  expect((await listingOf(page)).unreadable).toEqual([{ serial: token.serial, error: 'vault-newer', label: 'Work' }])
  expect(await fileOf(page, token.serial)).toEqual(newer)
})

test('a damaged file can be removed, and is not named lost', async () => {
  const { serial } = await activate(page, 'Work', cheapArgon2id)
  await writeFile(page, serial, new Uint8Array(20_000).fill(7))
  expect((await listingOf(page)).unreadable).toMatchObject([{ error: 'vault-damaged', label: 'Work' }])
  expect(await page.evaluate((of) => vault.remove(of), serial)).toBe(true)
  expect(await listingOf(page)).toEqual({ identities: [], unreadable: [], lost: [] })
  expect(await fileNames(page)).toEqual([])
})

test('what a kill left when it came to a new file is cleared away, and other files are none of ours', async () => {
  const { serial } = issue()
  await writeFile(page, serial, new Uint8Array())
  await writeFile(page, 'deviceSalt', new Uint8Array(12_288))
  await writeFile(page, 'notes.txt', Uint8Array.of(1))
  expect(await listingOf(page)).toEqual({ identities: [], unreadable: [], lost: [] })
  expect(await fileNames(page)).toEqual(['notes.txt'])
})

test('an unlock leaves nothing of the old record in the file, nor its key', async () => {
  const token = await activate(page, 'Work', cheapArgon2id)
  const before = await currentOf(token.serial)
  const keysBefore = (await keysOf(page)).ids
  const keyId = Buffer.from(before.bytes.slice(14, 30)).toString('hex')
  expect(keysBefore).toContain(keyId)
  await lockToken(page, token.serial)
  const locked = await currentOf(token.serial)
  expect((await keysOf(page)).ids).not.toContain(keyId)
  await unlockToken(page, token, OTHER_PIN)
  const after = await currentOf(token.serial)
  for (const old of [before.bytes, locked.bytes]) {
    for (let at = 30; at + 8 <= old.length; at += 1) expect(holds(after.file, old.slice(at, at + 8))).toBe(false)
  }
  const free = after.start === SLOT_A ? SLOT_B : SLOT_A
  expect(after.file.slice(free, free + 4096).every((byte) => byte === 0)).toBe(true)
  expect((await keysOf(page)).ids).toHaveLength(2)
})

test('no script gets at a platform key', async () => {
  await activate(page, 'Work', cheapArgon2id)
  expect(await keysOf(page)).toMatchObject({ exported: 0, extractable: 0, ids: [expect.any(String), expect.any(String)] })
})

test('an identity whose file is gone is lost, by name, until the person takes it off the list', async () => {
  const token = await activate(page, 'Work', cheapArgon2id)
  const kept = await activate(page, 'Bank', cheapArgon2id)
  await deleteFiles(page, token.serial)
  const lost = [{ serial: token.serial, label: 'Work' }]
  expect(await listingOf(page)).toMatchObject({ identities: [{ label: 'Bank' }], unreadable: [], lost })
  expect((await listingOf(await openTab(context, site.url))).lost).toEqual(lost)
  await page.evaluate((of) => vault.forgetLost(of), token.serial)
  expect((await listingOf(page)).lost).toEqual([])
  expect((await listingOf(await openTab(context, site.url))).lost).toEqual([])
  expect(await givesRightCode(page, kept)).toBe(true)
})

test('a browser that took everything away but the page’s own notes still says what was there', async () => {
  const token = await activate(page, 'Work', cheapArgon2id)
  const session = await context.newCDPSession(page)
  await session.send('Storage.clearDataForOrigin', { origin: site.url, storageTypes: 'file_systems,indexeddb' })
  await page.close()
  const again = await openTab(context, site.url)
  expect(await listingOf(again)).toEqual({ identities: [], unreadable: [], lost: [{ serial: token.serial, label: 'Work' }] })
  await again.evaluate(() => localStorage.clear())
  expect((await listingOf(again)).lost).toHaveLength(1)
})

test('the page notes serial numbers and names, and nothing else', async () => {
  const { serial } = await activate(page, 'Work', cheapArgon2id)
  await page.evaluate((of) => vault.rename(of, 'Büro'), serial)
  const notes = await page.evaluate(() => Object.entries(localStorage))
  expect(notes).toEqual([['latchkey.known', JSON.stringify([{ serial, label: 'Büro' }])]])
  await page.evaluate((of) => vault.remove(of), serial)
  expect(await page.evaluate(() => Object.values(localStorage))).toEqual(['[]'])
})

test('the page’s notes are older than a removal, as after a power cut: what was removed, or taken off the list, is not lost', async () => {
  const removed = await activate(page, 'Work', cheapArgon2id)
  const forgotten = await activate(page, 'Bank', cheapArgon2id)
  const notes = await page.evaluate(() => JSON.stringify(localStorage))
  await page.evaluate((of) => vault.remove(of), removed.serial)
  await deleteFiles(page, forgotten.serial)
  await page.evaluate((of) => vault.forgetLost(of), forgotten.serial)
  await page.evaluate((older) => void Object.assign(localStorage, JSON.parse(older)), notes)
  const again = await openTab(context, site.url)
  expect(await listingOf(again)).toEqual({ identities: [], unreadable: [], lost: [] })
})

test('an identity whose key is gone is unreadable, by name; its file is left as it is, and can be removed', async () => {
  const { serial } = await activate(page, 'Work', cheapArgon2id)
  const before = await fileOf(page, serial)
  await deleteKeys(page)
  expect(await listingOf(page)).toEqual({ identities: [], unreadable: [{ serial, error: 'vault-damaged', label: 'Work' }], lost: [] })
  expect(await show(page, serial, PIN)).toEqual({ ok: false, error: 'vault-damaged' })
  expect(await fileOf(page, serial)).toEqual(before)
  expect(await page.evaluate((of) => vault.remove(of), serial)).toBe(true)
  expect(await listingOf(page)).toEqual({ identities: [], unreadable: [], lost: [] })
})

test('a browser without room refuses a new identity, and the one that is there loses nothing', async () => {
  const token = await activate(page, 'Work', cheapArgon2id)
  await setQuota(page, 1)
  const { serial, code } = issue()
  const refused = await page.evaluate((identity) => vault.add(identity), { label: 'Bank', serial, code, pin: PIN })
  expect(refused).toEqual({ ok: false, error: 'storage', full: true })
  const listing = await listingOf(page)
  expect(listing.identities.map(({ label }) => label)).toEqual(['Work'])
  expect(listing).toMatchObject({ unreadable: [], lost: [] })
  await setQuota(page, PLENTY)
  expect(await givesRightCode(page, token)).toBe(true)
  expect(await page.evaluate((identity) => vault.add(identity), { label: 'Bank', serial, code, pin: PIN })).toMatchObject({ ok: true })
})

test('in a browser without room an identity can be removed', async () => {
  const { serial } = await activate(page, 'Work', cheapArgon2id)
  await setQuota(page, 1)
  expect(await page.evaluate((of) => vault.remove(of), serial)).toBe(true)
  expect(await listingOf(page)).toEqual({ identities: [], unreadable: [], lost: [] })
})

test('a browser that refuses to take a lost identity off the list says so, and the list keeps it', async () => {
  const { serial } = await activate(page, 'Work', cheapArgon2id)
  await deleteFiles(page, serial)
  expect((await listingOf(page)).lost).toHaveLength(1)
  const worker = page.workers().find((one) => one.url().includes('vault-worker'))
  await worker?.evaluate(() => {
    IDBObjectStore.prototype.put = () => {
      throw new DOMException('', 'UnknownError')
    }
  })
  expect(await page.evaluate((of) => vault.forgetLost(of), serial)).toEqual({ ok: false, error: 'storage', full: false })
  expect((await listingOf(await openTab(context, site.url))).lost).toHaveLength(1)
})

test('a browser without room opens the vault and shows codes', async () => {
  const token = await activate(page, 'Work', cheapArgon2id)
  await setQuota(page, 1)
  const again = await openTab(context, site.url)
  expect(await givesRightCode(again, token)).toBe(true)
})

test('a browser without room gives no try for nothing', async () => {
  const token = await activate(page, 'Work', cheapArgon2id)
  const wrong = await caughtPin(page, token.serial)
  await setQuota(page, 1)
  const answers: string[] = []
  for (let tries = 0; tries < 8; tries += 1) {
    const shown = await show(page, token.serial, wrong)
    answers.push(shown.ok ? 'shown' : shown.error)
  }
  expect(answers.filter((error) => error === 'wrong-pin').length).toBeLessThanOrEqual(4)
  expect(answers).not.toContain('shown')
  await setQuota(page, PLENTY)
  expect(await summaryOf(page, token.serial)).toMatchObject({ state: 'locked' })
})

test('a browser without room keeps an identity as it was when a new PIN cannot be stored', async () => {
  const token = await activate(page, 'Work', cheapArgon2id)
  await setQuota(page, 1)
  const outcome = await unlockToken(page, token, OTHER_PIN).catch((error: unknown) => error)
  await setQuota(page, PLENTY)
  if (outcome instanceof Error) {
    expect(outcome.message).toBe('storage')
    expect(await givesRightCode(page, token)).toBe(true)
  } else expect((await listingOf(page)).identities).toHaveLength(1)
})
