import { type Drift, learnDrift } from '@latchkey/protocol/otp/drift'
import { type Found, findStep, resynchronise, securityCode, stepAt } from '@latchkey/protocol/otp/totp'
import { shownFrom, shownUntil, stepToShow } from '@latchkey/soft-token/identity/rules'
import { decodeRecord, type IdentityRecord, RECORD_BYTES } from '@latchkey/soft-token/vault/record'
import { hexToBytes } from '@noble/hashes/utils.js'
import type { Answer, Given } from './given.ts'

/** STP-1, 3: security codes. */
export const securityCodes = {
  'security-code': ({ key, unixTime, digits }: Given['security-code']): Answer => {
    const step = stepOf(unixTime)
    return { step, code: securityCode(hexToBytes(key), step, digits) }
  },

  'step-to-show': ({ unixTime, lastShown }: Given['step-to-show']): Answer => {
    const step = stepToShow(recordAfter(lastShown ?? undefined), unixTime * 1000)
    return { step, shownFrom: shownFrom(step) / 1000, shownUntil: shownUntil(step) / 1000 }
  },

  'find-step': ({ key, code, unixTime, drift, lastAccepted, digits }: Given['find-step']): Answer => {
    const nowStep = stepOf(unixTime)
    return answerOf(findStep(hexToBytes(key), code, { nowStep, drift, lastAccepted: lastAccepted ?? undefined, digits }))
  },

  resynchronise: ({ key, first, second, unixTime, lastAccepted, digits }: Given['resynchronise']): Answer => {
    const nowStep = stepOf(unixTime)
    const found = resynchronise(hexToBytes(key), first, second, { nowStep, lastAccepted: lastAccepted ?? undefined, digits })
    return found ?? { error: 'wrong-code' }
  },

  'learn-drift': ({ drift, offsets }: Given['learn-drift']): Answer => {
    let learnt = startingAt(drift)
    const drifts = offsets.map((offset) => {
      learnt = learnDrift(learnt, offset)
      return learnt.drift
    })
    return { drifts }
  },

  'accept-codes': ({ key, digits, drift, codes }: Given['accept-codes']): Answer => {
    let learnt = startingAt(drift)
    let lastAccepted: number | undefined
    const outcomes = codes.map(({ unixTime, code }) => {
      const nowStep = stepOf(unixTime)
      const found = findStep(hexToBytes(key), code, { nowStep, drift: learnt.drift, lastAccepted, digits })
      if (found.outcome === 'accepted') {
        lastAccepted = found.step
        learnt = learnDrift(learnt, found.step - nowStep)
      }
      return { ...answerOf(found), drift: learnt.drift }
    })
    return { outcomes }
  },
}

function answerOf(found: Found): Answer {
  return found.outcome === 'accepted' ? { step: found.step } : { error: found.outcome }
}

function startingAt(drift: number): Drift {
  return { drift, lean: 0 }
}

function stepOf(unixTime: number): number {
  return stepAt(unixTime * 1000)
}

/** A record of which nothing matters but the last step that was shown. */
function recordAfter(lastShownStep: number | undefined): IdentityRecord {
  const blank = decodeRecord(new Uint8Array(RECORD_BYTES))
  if (blank === undefined) throw new RangeError('a record of RECORD_BYTES has the right length')
  return { ...blank, lastShownStep }
}
