/** Argon2id (RFC 9106, version 0x13, no secret, no associated data), passed in: it is the one part that a platform does better than JavaScript. */
export type Argon2id = (input: Argon2idInput) => Promise<Uint8Array>
export type Argon2idInput = { password: Uint8Array; salt: Uint8Array } & typeof ARGON2ID

/** The parameters of all of STP-1 (STP-1, 2). */
export const ARGON2ID = { memoryKiB: 65_536, passes: 3, parallelism: 1, length: 32 } as const
