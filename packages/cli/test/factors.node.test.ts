import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '@latchkey/server/config'
import { INSIDE } from '@latchkey/server/context'
import { openSilentLog } from '@latchkey/server/observe/log'
import { openContext } from '@latchkey/server/operate/open-context'
import { suspendToken } from '@latchkey/server/tokens/suspend-token'
import { findUserByName } from '@latchkey/server/users/find-user'

import { expect, test } from 'vitest'
import { makeToken } from '../../server/test/device.ts'
import { latchkey } from './command-line.ts'

test('who cannot help themselves: a suspended token is taken back into use, locked questions are opened', async () => {
  const environment = { LATCHKEY_DATA: join(mkdtempSync(join(tmpdir(), 'latchkey-factors-')), 'data') }
  const user = async (...args: string[]) => {
    const { status, stdout, stderr } = await latchkey('unused', ['user', ...args, '--json'], [], { environment })
    return {
      status,
      value: JSON.parse(stdout) as Record<string, unknown>,
      errorLines: stderr === '' ? 0 : stderr.trimEnd().split('\n').length,
    }
  }
  await user('add', 'alice', '--email', 'alice@example.test')
  const { context, close } = await openContext(readConfig(environment), openSilentLog())
  const alice = (await findUserByName(context, 'alice'))?.id ?? 'usr_'
  const { token, device } = await makeToken(context, alice, 'Phone')
  const serialNumber = expect.stringMatching(new RegExp(`^${device.serial.slice(0, 5)}-${device.serial.slice(5)}$`))
  const shown = { serialNumber, label: 'Phone', state: 'active', reason: null, lastUsedAt: null }
  const whole = {
    ...{ userName: 'alice', displayName: 'alice', role: 'user', state: 'active', enrolled: false, questions: 'none' },
    ...{ emails: [{ address: 'alice@example.test', verified: false }], tokens: [shown] },
  }
  expect(await user('show', 'alice')).toEqual({ status: 0, errorLines: 0, value: whole })

  await suspendToken(context, INSIDE, alice, token, 'repudiated')
  expect((await user('show', 'alice')).value).toMatchObject({ tokens: [{ state: 'suspended', reason: 'repudiated' }] })
  const nothing = { status: 1, errorLines: 1, value: { error: 'no-such-token' } }
  expect(await user('resume-token', 'alice', '00000-00000')).toEqual(nothing)
  expect((await user('resume-token', 'nobody', device.serial)).value).toEqual({ error: 'no-such-user' })
  const resumed = { userName: 'alice', serialNumber, state: 'active' }
  expect(await user('resume-token', 'alice', device.serial)).toEqual({ status: 0, errorLines: 0, value: resumed })
  expect(await user('resume-token', 'alice', device.serial)).toEqual(nothing)
  expect((await user('show', 'alice')).value).toMatchObject({ tokens: [shown] })

  expect((await user('open-questions', 'alice')).value).toEqual({ error: 'not-locked' })
  await context.db.transaction((tx) =>
    tx
      .insertInto('question_rounds')
      .values({ user_id: alice, first_place: 0, second_place: 1, wrong_rounds: 9, not_before: 0, locked_at: 1 })
      .execute(),
  )
  expect((await user('show', 'alice')).value).toMatchObject({ questions: 'locked' })
  expect(await user('open-questions', 'alice')).toEqual({ status: 0, errorLines: 0, value: { userName: 'alice', questions: 'set' } })
  expect((await user('show', 'alice')).value).toMatchObject({ questions: 'set' })
  expect(await user('show', 'nobody')).toEqual({ status: 1, errorLines: 1, value: { error: 'no-such-user' } })
  await close()
})
