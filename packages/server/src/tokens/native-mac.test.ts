import { prepareMac } from '@latchkey/protocol/otp/hotp'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nativeMac } from './native-mac.ts'

test('it is the protocol’s HMAC-SHA-256, whatever the key and the message, and whatever came before', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 64 }),
      fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 4 }),
      (key, messages) => {
        const [native, ours] = [nativeMac(key).mac, prepareMac(key)]
        for (const message of messages) expect(new Uint8Array(native(message))).toEqual(ours(message))
      },
    ),
  )
})

test('what is forgotten is overwritten', () => {
  const message = new Uint8Array(8)
  const { mac, forget } = nativeMac(new Uint8Array(32).fill(7))
  const before = mac(message)
  forget()
  expect(mac(message)).not.toEqual(before)
})
