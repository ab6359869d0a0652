import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { expect, test } from 'vitest'
import { type Device, makeToken, showCode, unlock } from '../../test/device.ts'
import { enrolPerson } from '../../test/people.ts'
import { BROWSER, makeDatabase } from '../../test/world.ts'
import { makeApiKey } from '../api-keys/make-api-key.ts'
import { pruneBlocks } from '../audit/prune-blocks.ts'
import { sealBlocks } from '../audit/seal-blocks.ts'
import { verifyChain } from '../audit/verify-chain.ts'
import { type Config, readConfig } from '../config.ts'
import { type Context, INSIDE } from '../context.ts'
import { openClients } from '../federation/oidc/clients.ts'
import { registerRelyingParty } from '../federation/oidc/register-relying-party.ts'
import type { UserId } from '../ids.ts'
import { keySourceOf } from '../keys/load-keys.ts'
import { rotateKeys } from '../keys/rotate-keys.ts'
import { makeLink } from '../links/make-link.ts'
import { SWEEPS } from '../main.ts'
import { deliver } from '../outbox/deliver.ts'
import { sweep } from '../outbox/sweep.ts'
import { renewRecoveryCodes } from '../recovery-codes/renew-recovery-codes.ts'
import { startSession } from '../sessions/start-session.ts'
import { ensureKeys } from '../signing-keys/ensure-keys.ts'
import { openSigningKeys } from '../signing-keys/open-signing-keys.ts'
import { rotateSigningKeys } from '../signing-keys/rotate-signing-keys.ts'
import { answerResetCode } from '../tokens/answer-reset-code.ts'
import { endToken } from '../tokens/end-token.ts'
import { issueToken } from '../tokens/issue-token.ts'
import { validateCode } from '../tokens/validate-code.ts'
import { removeUser } from '../users/remove-user.ts'
import { suspendUser } from '../users/suspend-user.ts'
import { backup } from './backup.ts'
import { migrateDatabase } from './migrate-database.ts'
import { openContext } from './open-context.ts'
import { restore } from './restore.ts'

const LOG = pino({ level: 'silent' })
const DAY = 86_400_000
const DAYS = 200
const EVERY = 5

type Owner = { user: UserId; device: Device }
/** How far the clock is ahead. */
const clock = { ahead: 0 }

async function open(config: Config): Promise<{ ctx: Context; close: () => Promise<void> }> {
  const { context, close } = await openContext(config, LOG)
  await ensureKeys(context)
  return { ctx: { ...context, now: () => Date.now() + clock.ahead }, close }
}

const signIn = async (ctx: Context, { user, device }: Owner): Promise<string> => {
  clock.ahead += 90_000
  return (await validateCode(ctx, BROWSER, user, showCode(device, ctx.now()), { bare: false })).outcome
}

async function begin(ctx: Context): Promise<Owner[]> {
  const owners: Owner[] = []
  for (const fate of ['ends a token', 'unlocks', 'is suspended', 'is removed', 'leaves an activation', 'goes on']) {
    const { user } = await enrolPerson(ctx)
    const { token, device } = await makeToken(ctx, user, 'First')
    await renewRecoveryCodes(ctx, BROWSER, user)
    await ctx.db.transaction(async (tx) => {
      await startSession(ctx, tx, BROWSER, { user, kind: 'sign-in', amr: ['pwd'], passwordAt: ctx.now() })
      await makeLink(ctx, tx, { purpose: 'password-reset', user, goodForMs: DAY })
    })
    if (fate === 'ends a token') {
      const second = await makeToken(ctx, user, 'Second')
      expect(await endToken(ctx, BROWSER, user, token)).toEqual({ outcome: 'ended' })
      owners.push({ user, device: second.device })
    } else if (fate === 'unlocks') {
      const answered = await answerResetCode(ctx, BROWSER, user, token, device.resetCode)
      if (answered.outcome !== 'unlock-code') throw new Error(answered.outcome)
      owners.push({ user, device: unlock(device, answered.code) })
    } else if (fate === 'leaves an activation') {
      expect(await issueToken(ctx, BROWSER, user, { label: 'Never' })).toMatchObject({ outcome: 'issued' })
      owners.push({ user, device })
    } else if (fate === 'goes on') owners.push({ user, device })
    if (fate === 'is suspended') await suspendUser(ctx, INSIDE, user)
    if (fate === 'is removed') await removeUser(ctx, INSIDE, user)
  }
  await makeApiKey(ctx, INSIDE, 'A program')
  return owners
}

/** What a server does by itself in half a year, with somebody who signs in now and then. */
async function goOn(ctx: Context, owners: readonly Owner[]): Promise<void> {
  for (let day = 0; day < DAYS; day += EVERY) {
    clock.ahead += EVERY * DAY
    for (const owner of owners) expect(await signIn(ctx, owner)).toBe('accepted')
    const mail = () => (day === 0 ? Promise.reject(new Error('no mail on the first day')) : Promise.resolve())
    await deliver(ctx, { mail, backChannelLogout: async () => undefined, passwordReset: async () => undefined })
    await sealBlocks(ctx)
    for (const one of SWEEPS) await one(ctx)
    await sweep(ctx)
    if (day % 50 === 0) expect(await rotateSigningKeys(ctx, INSIDE)).toEqual({ outcome: 'rotated' })
  }
}

test('after half a year keys rotate, a backup is restored, the house moves, and everybody still signs in', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-aged-'))
  const { url, drop } = await makeDatabase()
  const environment = { LATCHKEY_DATA: join(folder, 'data'), LATCHKEY_PASSWORD_MEMORY_KI_B: '19456', LATCHKEY_PASSWORD_PASSES: '1' }
  const [here, there] = [readConfig(environment), readConfig({ ...environment, LATCHKEY_DATABASE_URL: url })]
  const first = await open(here)
  const owners = await begin(first.ctx)
  const registered = await registerRelyingParty(first.ctx, INSIDE, {
    clientId: 'app',
    name: 'An application',
    redirectUris: ['https://app.example.test/callback'],
    postLogoutRedirectUris: [],
    authentication: { method: 'client_secret_basic' },
  })
  if (registered.outcome !== 'registered') throw new Error(registered.outcome)
  await goOn(first.ctx, owners)

  const allIsWell = async (ctx: Context): Promise<void> => {
    for (const owner of owners) expect(await signIn(ctx, owner)).toBe('accepted')
    expect((await openClients(ctx).find('app'))?.client_secret).toBe(registered.clientSecret)
    expect((await openSigningKeys(ctx)).tokens.length).toBeGreaterThanOrEqual(4)
    await sealBlocks(ctx)
    expect(await verifyChain(ctx)).toMatchObject({ whole: true })
  }
  const rotate = async (ctx: Context): Promise<void> => {
    expect(await rotateKeys(ctx, INSIDE, keySourceOf(here))).toMatchObject({ outcome: 'rotated', dropped: true })
    await allIsWell(ctx)
  }
  await rotate(first.ctx)
  expect(await pruneBlocks(first.ctx, INSIDE, first.ctx.now() - 100 * DAY)).toBeGreaterThan(0)
  await allIsWell(first.ctx)
  const file = join(folder, 'backup')
  expect(await backup(here, file, '0', first.ctx.now())).toMatchObject({ outcome: 'made' })
  await first.close()

  expect(await restore(here, INSIDE, file, { force: true, at: Date.now() + clock.ahead })).toMatchObject({ outcome: 'restored' })
  clock.ahead += 60_000
  const second = await open(here)
  await allIsWell(second.ctx)
  await rotate(second.ctx)
  await second.close()

  expect(await migrateDatabase(there, Date.now() + clock.ahead)).toMatchObject({ outcome: 'moved' })
  const third = await open(there)
  await allIsWell(third.ctx)
  await rotate(third.ctx)
  await goOn(third.ctx, owners)
  await allIsWell(third.ctx)
  await third.close()
  await drop()
  rmSync(folder, { recursive: true, force: true })
})
