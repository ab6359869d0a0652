import type { Browser, BrowserContext, Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deleteFiles, deleteKeys } from '../../packages/token-app/test/vault-disk.ts'
import { openBrowser } from './browser.ts'
import { type House, openHouse } from './house.ts'
import { type Killable, openKillable } from './killable.ts'
import { accepts, answerReset, issueCodes, type OwnToken, takeRegistration } from './own-server.ts'
import { fill, PIN, press, readCode, refused, see } from './person.ts'
import { addByTyping, codeOf, createPin, lockApp, openPhone, sayRegistered } from './phone.ts'

const KILLS = Number(process.env['LATCHKEY_KILLS'] ?? 8)
const LATEST_MS = 900
/** The layout of a file of the vault (`vault/slots.ts`): a page that says what it is, then two slots. */
const SLOT_BYTES = 4096
const LENGTH_BYTES = 4

let house: House
let browser: Browser
beforeAll(async () => {
  house = await openHouse()
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  await house?.close()
})

/** A token whose server's half is here, active in this phone. */
async function withToken(phone: Page, name = 'Work'): Promise<OwnToken> {
  const token = issueCodes()
  await phone.goto(house.token)
  await phone.getByRole('heading', { level: 1 }).waitFor()
  await takeRegistration(token, await addByTyping(phone, name, { serial: token.serial, code: token.activationCode }))
  await sayRegistered(phone)
  return token
}

async function fresh(): Promise<{ context: BrowserContext; phone: Page; token: OwnToken }> {
  const { context, phone } = await openPhone(browser)
  return { context, phone, token: await withToken(phone) }
}

/** Runs in the page: one file of the vault. */
async function editFile(phone: Page, serial: string, edits: readonly { at: number; xor: number }[]): Promise<number> {
  return phone.evaluate(
    async ({ name, changes }) => {
      const root = await navigator.storage.getDirectory()
      const file = await (await root.getDirectoryHandle('vault')).getFileHandle(name)
      const bytes = new Uint8Array(await (await file.getFile()).arrayBuffer())
      for (const { at, xor } of changes) bytes[at] = (bytes[at] ?? 0) ^ xor
      const writable = await file.createWritable()
      await writable.write(bytes)
      await writable.close()
      return bytes.length
    },
    { name: serial, changes: [...edits] },
  )
}

describe('what is kept', () => {
  test('a PIN gives the codes of the keys that the server has; two windows have five tries between them', async () => {
    const { context, phone, token } = await fresh()
    expect(accepts(token, await codeOf(phone))).toBe(true)
    const other = await context.newPage()
    await other.goto(house.token)
    await see(other, 'Enter your PIN')
    const left: number[] = []
    for (let round = 0; left.at(-1) !== 1 && round < 80; round += 1) {
      const page = round % 2 === 0 ? phone : other
      await fill(page, 'PIN', String(730_184 + 1_357 * round))
      await press(page, 'Show security code')
      const done = page.getByRole('button', { name: 'Done', exact: true })
      await done
        .or(page.getByRole('alert'))
        .or(page.getByRole('heading', { name: 'Locked', exact: true }))
        .first()
        .waitFor()
      if (await done.isVisible()) {
        await done.click()
        left.length = 0
        continue
      }
      const said = await page.getByRole('alert').textContent()
      left.push(Number(/(\d) (?:tries|try) left/.exec(said ?? '')?.[1]))
    }
    expect(left).toEqual([4, 3, 2, 1])
    await context.close()
  })

  test('a lock, and an unlock with another PIN: new keys, which the server has as well', async () => {
    const { context, phone, token } = await fresh()
    const resetCode = await lockApp(phone)
    await phone.reload()
    await see(phone, 'Locked')
    await fill(phone, 'Unlock code', answerReset(token, resetCode))
    await press(phone, 'Unlock')
    await createPin(phone, '628405')
    await press(phone, 'Done')
    expect(accepts(token, await codeOf(phone, '628405'))).toBe(true)
    await context.close()
  })

  test('a changed byte anywhere in the record is told, and changes nothing', async () => {
    const { context, phone, token } = await fresh()
    for (const at of [0, 7, 4096, 4100, 4120, 4200]) {
      // Either slot may be the current one; the other is empty.
      const edits = at < SLOT_BYTES ? [{ at, xor: 1 }] : [at, at + SLOT_BYTES].map((place) => ({ at: place, xor: 1 }))
      await editFile(phone, token.serial, edits)
      await phone.reload()
      await see(phone, 'This identity cannot be read')
      await editFile(phone, token.serial, edits)
    }
    await phone.reload()
    await see(phone, 'Enter your PIN')
    expect(accepts(token, await codeOf(phone))).toBe(true)
    await context.close()
  })

  test('a record of a newer version is left as it is, and said to be newer', async () => {
    const { context, phone, token } = await fresh()
    // The envelope's version: 1 becomes 3, in whichever slot it stands.
    const newer = [1, 2].map((slot) => ({ at: slot * SLOT_BYTES + LENGTH_BYTES + 3, xor: 2 }))
    await editFile(phone, token.serial, newer)
    await phone.reload()
    await see(phone, 'This identity cannot be read')
    expect(await phone.getByText(/written by a newer version/).count()).toBe(1)
    expect(await phone.getByRole('button', { name: 'Take it off the list' }).count()).toBe(0)
    await editFile(phone, token.serial, newer)
    await phone.reload()
    await see(phone, 'Enter your PIN')
    await context.close()
  })

  test('records of two identities do not stand in for each other', async () => {
    const { context, phone, token } = await fresh()
    await press(phone, 'All identities')
    const second = issueCodes()
    await addByTyping(phone, 'Second', { serial: second.serial, code: second.activationCode })
    await phone.evaluate(
      async ([one, two]) => {
        const root = await navigator.storage.getDirectory()
        const vault = await root.getDirectoryHandle('vault')
        const [first, other] = [await vault.getFileHandle(one ?? ''), await vault.getFileHandle(two ?? '')]
        const contents = [await (await first.getFile()).arrayBuffer(), await (await other.getFile()).arrayBuffer()]
        for (const [index, file] of [other, first].entries()) {
          const writable = await file.createWritable()
          await writable.write(contents[index] ?? new ArrayBuffer())
          await writable.close()
        }
      },
      [token.serial, second.serial],
    )
    await phone.reload()
    await see(phone, 'Identities')
    expect(await phone.getByText('Cannot be read').count()).toBe(2)
    await context.close()
  })

  test('what the browser has cleared is told as a loss, by its name, and is taken off the list', async () => {
    const { context, phone } = await fresh()
    await phone.evaluate(async () => (await navigator.storage.getDirectory()).removeEntry('vault', { recursive: true }))
    await phone.reload()
    await see(phone, 'This identity is gone')
    expect(await phone.getByText(/cleared what it kept for “Work”/).count()).toBe(1)
    await phone.evaluate(
      () => new Promise((resolve) => Object.assign(indexedDB.deleteDatabase('latchkey'), { onsuccess: resolve, onblocked: resolve })),
    )
    await phone.reload()
    await see(phone, 'This identity is gone')
    await press(phone, 'Take it off the list')
    await see(phone, 'No identity yet')
    await phone.reload()
    await see(phone, 'No identity yet')
    await context.close()
  })

  test('a platform key that is gone makes its identity unreadable, not empty; no key can be carried away', async () => {
    const { context, phone } = await fresh()
    const outcome = await phone.evaluate(async () => {
      const database = await new Promise<IDBDatabase>((resolve, reject) => {
        Object.assign(indexedDB.open('latchkey'), { onerror: reject }).onsuccess = ({ target }) => {
          if (target instanceof IDBOpenDBRequest) resolve(target.result)
        }
      })
      const store = database.transaction('keys', 'readwrite').objectStore('keys')
      const keys = await new Promise<unknown[]>((resolve) => {
        const all = store.getAll()
        all.onsuccess = () => resolve(all.result)
      })
      const exported = await Promise.all(
        keys.map((key) =>
          key instanceof CryptoKey
            ? crypto.subtle
                .exportKey('raw', key)
                .then(() => 'exported')
                .catch((error: Error) => error.name)
            : 'no key',
        ),
      )
      const clear = database.transaction('keys', 'readwrite')
      clear.objectStore('keys').clear()
      await new Promise((resolve) => {
        clear.oncomplete = resolve
      })
      database.close()
      return exported
    })
    expect(outcome).toEqual(['InvalidAccessError', 'InvalidAccessError'])
    await phone.reload()
    await see(phone, 'This identity cannot be read')
    await context.close()
  })

  test.each([
    ['by codes of another serial number', false],
    ['by the codes that it came by, which the site still shows', true],
  ])('an identity whose key is gone is re-created at once, %s', async (_how, again) => {
    const { context, phone, token } = await fresh()
    const second = again ? token : issueCodes()
    await deleteKeys(phone)
    await phone.reload()
    await see(phone, 'This identity cannot be read')
    await press(phone, 'All identities')
    await takeRegistration(second, await addByTyping(phone, 'Work', { serial: second.serial, code: second.activationCode }))
    await press(phone, 'Done')
    await press(phone, 'Yes')
    if (!again) await phone.getByRole('button', { name: 'Work', exact: true, description: 'Ready' }).click()
    expect(accepts(second, await codeOf(phone))).toBe(true)
    await context.close()
  })

  test('without the device salt it is said that the identity gives no code, and that it is to be deleted first', async () => {
    const { context, phone } = await fresh()
    await deleteFiles(phone, 'deviceSalt')
    await fill(phone, 'PIN', PIN)
    await press(phone, 'Show security code')
    expect(await refused(phone)).toMatch(/gives no codes any more\. Delete it/)
    await press(phone, 'Add identity')
    const token = issueCodes()
    await fill(phone, 'Name', 'New')
    await fill(phone, 'Serial number', token.serial)
    await fill(phone, 'Activation code', token.activationCode)
    await press(phone, 'Save')
    await createPin(phone)
    expect(await refused(phone)).toMatch(/Delete the identities that are here/)
    await context.close()
  })

  test('where there is no room left, nothing is changed and it is said', async () => {
    const { context, phone } = await openPhone(browser)
    await phone.goto(house.token)
    await press(phone, 'Add identity')
    const token = issueCodes()
    const devtools = await context.newCDPSession(phone)
    await devtools.send('Storage.overrideQuotaForOrigin', { origin: house.token, quotaSize: 1 })
    await fill(phone, 'Name', 'Work')
    await fill(phone, 'Serial number', token.serial)
    await fill(phone, 'Activation code', token.activationCode)
    await press(phone, 'Save')
    await createPin(phone)
    expect(await refused(phone)).toMatch(/no room left/)
    await devtools.send('Storage.overrideQuotaForOrigin', { origin: house.token })
    await createPin(phone)
    await see(phone, 'Registration code')
    await takeRegistration(token, await readCode(phone, 'Registration code'))
    await context.close()
  })
})

describe('the browser is killed', () => {
  let killable: Killable
  beforeAll(async () => {
    killable = await openKillable()
  })
  afterAll(() => killable?.close())

  const again = async (): Promise<string> => {
    await killable.start()
    const page = killable.page()
    await page.goto(house.token)
    const heading = page.getByRole('heading', { level: 1 })
    await heading.waitFor()
    return (await heading.textContent()) ?? ''
  }
  const killDuring = async (act: () => Promise<void>): Promise<void> => {
    const acting = act().catch(() => undefined)
    await new Promise((resolve) => setTimeout(resolve, Math.random() * LATEST_MS))
    await killable.kill()
    await acting
  }

  test('during an activation: there is a whole identity, or none', async () => {
    for (let round = 0; round < Math.ceil(KILLS / 2); round += 1) {
      const page = killable.page()
      await page.goto(house.token)
      const token = issueCodes()
      await page.getByRole('heading', { level: 1 }).waitFor()
      await press(page, 'Add identity')
      await fill(page, 'Name', `Round ${round}`)
      await fill(page, 'Serial number', token.serial)
      await fill(page, 'Activation code', token.activationCode)
      await press(page, 'Save')
      await killDuring(() => createPin(page))
      const heading = await again()
      if (heading === 'No identity yet') continue
      expect(heading).toBe('Registration code')
      await takeRegistration(token, await readCode(killable.page(), 'Registration code'))
      await sayRegistered(killable.page())
      expect(accepts(token, await codeOf(killable.page()))).toBe(true)
      await press(killable.page(), 'Menu')
      await killable.page().getByRole('menuitem', { name: 'Delete' }).click()
      await killable.page().getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click()
      await see(killable.page(), 'No identity yet')
    }
  })

  test('during wrong PINs: those that were caught stay caught; then during the unlock: the old keys or the new ones', async () => {
    const token = await withToken(killable.page())
    let fewest = 5
    for (let wrong = 0; wrong < 60 && fewest > 1; wrong += 1) {
      const page = killable.page()
      await fill(page, 'PIN', String(730_184 + 1_357 * wrong))
      await press(page, 'Show security code')
      const alert = page.getByRole('alert')
      const done = page.getByRole('button', { name: 'Done', exact: true })
      await alert.or(done).first().waitFor()
      if (await done.isVisible()) {
        fewest = 5
        await done.click()
        continue
      }
      const said = (await alert.textContent()) ?? ''
      fewest = Number(/(\d) (?:tries|try) left/.exec(said)?.[1])
      await killable.kill()
      expect(await again()).toBe('Enter your PIN')
      await press(killable.page(), 'Menu')
      await killable.page().getByRole('menuitem', { name: 'Details' }).click()
      const row = killable.page().locator('.summary-row', { hasText: 'Tries left' }).locator('dd')
      expect(Number(await row.textContent())).toBe(fewest)
      await press(killable.page(), 'Back')
    }
    expect(fewest).toBe(1)
    await unlockUnderKills(token)
  })

  const unlockUnderKills = async (token: OwnToken): Promise<void> => {
    let page = killable.page()
    await press(page, "I've forgotten my PIN")
    const resetCode = await readCode(page, 'PIN Reset Code')
    const before = { ...token }
    const unlockCode = answerReset(token, resetCode)
    for (let round = 0; round < Math.ceil(KILLS / 2); round += 1) {
      await fill(page, 'Unlock code', unlockCode)
      await press(page, 'Unlock')
      await see(page, 'Create a PIN')
      await killDuring(() => createPin(page, '628405'))
      expect(await again()).toBe('Enter your PIN')
      page = killable.page()
      await press(page, "I've forgotten my PIN")
      if ((await readCode(page, 'PIN Reset Code')) !== resetCode) {
        await press(page, 'Back')
        expect(accepts(token, await codeOf(page, '628405'))).toBe(true)
        return
      }
    }
    await press(page, 'Back')
    expect(accepts(before, await codeOf(page, PIN))).toBe(true)
  }
})
