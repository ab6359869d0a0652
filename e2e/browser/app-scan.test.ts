import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright'
import { encode } from 'uqr'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser, openProfile } from './browser.ts'
import { type House, openHouse } from './house.ts'
import { beginEnrolment, press, refused, see } from './person.ts'
import { addByLink, openPhone } from './phone.ts'

const SIZE = 480

let house: House
let folder: string
beforeAll(async () => {
  house = await openHouse()
  folder = mkdtempSync(join(tmpdir(), 'latchkey-camera-'))
})
afterAll(async () => {
  await house?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** A film of one picture, the QR code of a text, for a camera that is a file (YUV4MPEG2, grey). */
function film(text: string): string {
  const { data, size } = encode(text, { border: 4 })
  const luma = Buffer.alloc(SIZE * SIZE, 0xeb)
  const module = Math.floor(SIZE / size)
  for (let y = 0; y < size * module; y += 1) {
    for (let x = 0; x < size * module; x += 1)
      if (data[Math.floor(y / module)]?.[Math.floor(x / module)] === true) luma[y * SIZE + x] = 0x10
  }
  const frame = Buffer.concat([Buffer.from('FRAME\n'), luma, Buffer.alloc((SIZE * SIZE) / 2, 0x80)])
  const file = join(folder, `${Date.now()}.y4m`)
  writeFileSync(file, Buffer.concat([Buffer.from(`YUV4MPEG2 W${SIZE} H${SIZE} F10:1 Ip A1:1 C420\n`), frame, frame]))
  return file
}

async function withCamera(text: string, walk: (phone: Page) => Promise<void>): Promise<void> {
  const flags = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', `--use-file-for-fake-video-capture=${film(text)}`]
  const browser = await openBrowser(flags)
  try {
    const { phone } = await openPhone(browser)
    await phone.goto(house.token)
    await see(phone, 'No identity yet')
    await press(phone, 'Scan')
    await walk(phone)
  } finally {
    await browser.close()
  }
}

test('by camera: the site’s QR code opens the ticket, and the app hands the registration code in', async () => {
  const browser = await openBrowser()
  const { page: desk } = await openProfile(browser, { script: true })
  await beginEnrolment(house, desk, 'heidi')
  await see(desk, 'Soft token identity')
  const href = (await desk.getByRole('link', { name: 'Open the soft token on this device' }).getAttribute('href')) ?? ''
  await withCamera(href, async (phone) => {
    const registrationCode = await addByLink(phone, 'Work')
    await see(desk, `Does the app show a code that ends in ${registrationCode.slice(-4)}?`)
    await press(desk, 'Yes, it does')
    await see(desk, 'Your soft token is active')
  })
  await browser.close()
})

test('a QR code of something else is told as that', async () => {
  await withCamera('https://example.test/menu', async (phone) => {
    expect(await refused(phone)).toMatch(/This is another code/)
  })
})

test('a camera that may not be used is told, with another way', async () => {
  const browser = await openBrowser()
  const { phone } = await openPhone(browser)
  await phone.goto(house.token)
  await press(phone, 'Scan')
  expect(await refused(phone)).toMatch(/camera/)
  await press(phone, 'Type the codes')
  await see(phone, 'Add identity')
  await browser.close()
})
