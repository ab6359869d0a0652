/** A hash with its algorithm's costs and its salt, as a PHC string holds them. */
export type Phc = { memoryKiB: number; passes: number; parallelism: number; salt: Uint8Array; hash: Uint8Array }

const FORM = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/

/** `$argon2id$v=19$m=65536,t=3,p=1$salt$hash`, base64 without padding. */
export function printPhc({ memoryKiB, passes, parallelism, salt, hash }: Phc): string {
  return `$argon2id$v=19$m=${memoryKiB},t=${passes},p=${parallelism}$${base64(salt)}$${base64(hash)}`
}

/** @throws if the text is no such string: the row was damaged, and nothing may be accepted against it. */
export function parsePhc(text: string): Phc {
  const [, memory, passes, parallelism, salt, hash] = FORM.exec(text) ?? []
  if (salt === undefined || hash === undefined) throw new Error('a stored hash has a form that is not known here')
  return {
    memoryKiB: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, 'base64'),
    hash: Buffer.from(hash, 'base64'),
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replaceAll('=', '')
}
