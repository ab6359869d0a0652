import { betterAuth } from 'better-auth'
import { twoFactor } from 'better-auth/plugins'
import pg from 'pg'

/** better-auth as its documentation sets it up: e-mail and password, the two-factor plugin, PostgreSQL through `pg`, its own limits on. */
export const options = {
  appName: 'Bench',
  baseURL: process.env.BENCH_ORIGIN,
  secret: process.env.BENCH_SECRET,
  database: new pg.Pool({ connectionString: process.env.BENCH_DATABASE }),
  emailAndPassword: { enabled: true },
  plugins: [twoFactor()],
  // The limit is on, as it is in production: each request comes from an address of its own.
  rateLimit: { enabled: true },
  advanced: { ipAddress: { ipAddressHeaders: ['x-forwarded-for'] } },
  telemetry: { enabled: false },
}
export const auth = betterAuth(options)
