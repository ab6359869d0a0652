import { createHash } from 'node:crypto'
import { hashPassword, symmetricEncrypt } from 'better-auth/crypto'
import { getMigrations } from 'better-auth/db/migration'
import { options } from './auth.mjs'

const AT_ONCE = 20_000
const count = Number(process.argv[2])
const pool = options.database
const { runMigrations } = await getMigrations(options)
await runMigrations()

// What is the same for all is sealed and hashed once; each secret is sealed by itself.
const key = options.secret
const backupCodes = await symmetricEncrypt({ key, data: JSON.stringify(Array.from({ length: 10 }, (_, n) => `aaaaa-bbbb${n}`)) })
const password = await hashPassword('plum envelope under the northern stair')
const seedOf = (number) => createHash('sha256').update(`person-${number}`).digest('hex').slice(0, 20)

for (let from = 0; from < count; from += AT_ONCE) {
  const numbers = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, index) => from + index)
  const ids = numbers.map((number) => `person-${number}`)
  const secrets = await Promise.all(numbers.map((number) => symmetricEncrypt({ key, data: seedOf(number) })))
  await pool.query(
    `insert into "user" (id, name, email, "emailVerified", "createdAt", "updatedAt", "twoFactorEnabled")
     select id, id, id || '@bench.example', true, now(), now(), true from unnest($1::text[]) as id`,
    [ids],
  )
  await pool.query(
    `insert into "account" (id, "accountId", "providerId", "userId", password, "createdAt", "updatedAt")
     select 'account-' || id, id, 'credential', id, $2, now(), now() from unnest($1::text[]) as id`,
    [ids, password],
  )
  await pool.query(
    `insert into "twoFactor" (id, secret, "backupCodes", "userId", verified, "failedVerificationCount")
     select 'factor-' || id, secret, $3, id, true, 0 from unnest($1::text[], $2::text[]) as of(id, secret)`,
    [ids, secrets, backupCodes],
  )
}
await pool.query('vacuum analyze')
await pool.end()
