import { concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { counterBytes, type HashFunction, prepareMac, truncate } from './hotp.ts'

/** The hash functions of RFC 6287, 5.2; pass those that the suites in use need. */
export type OcraHashes = Partial<Record<'SHA1' | 'SHA256' | 'SHA512', HashFunction>>
/** What goes into a computation besides the key (RFC 6287, 5.1); which of them, the suite says. */
export type OcraInput = {
  counter?: number
  /**
   * As the person or the other side gave it: decimal digits (QN), characters (QA) or hexadecimal digits (QH).
   * Two of them for mutual challenge and response (RFC 6287, 7.2): the other side's, then one's own.
   */
  question: string | readonly [string, string]
  /** The hash of the PIN, not the PIN. */
  pinHash?: Uint8Array
  session?: Uint8Array
  /** In steps of the suite's own unit. */
  timeStep?: number
}

const QUESTION_BYTES = 128
const SUITE =
  /^OCRA-1:HOTP-(SHA1|SHA256|SHA512)-(0|[4-9]|10):(C-)?Q([ANH])(\d{2})(?:-PSHA(?:1|256|512))?(?:-S(\d{3}))?(?:-T(?:[1-9]|[1-5]\d)[SM]|-T(?:\d|[1-3]\d|4[0-8])H)?$/

/**
 * OCRA (RFC 6287), one-way computation over a suite such as `OCRA-1:HOTP-SHA256-0:QA08`.
 * @returns decimal digits; for a suite with 0 digits the whole HMAC as bytes (RFC 6287, 5.2: no truncation)
 * @throws RangeError for a suite or an input that RFC 6287 does not allow
 */
export function ocra(suite: string, key: Uint8Array, input: OcraInput, hashes: OcraHashes): { digits: string; digest: Uint8Array } {
  const [, hashName, digits = '0', withCounter, format = '', length = '', sessionLength] = SUITE.exec(suite) ?? []
  const hash = hashName === 'SHA1' || hashName === 'SHA256' || hashName === 'SHA512' ? hashes[hashName] : undefined
  if (hash === undefined) throw new RangeError(`not an OCRA suite with a hash function at hand: ${suite}`)
  const message = concatBytes(
    utf8ToBytes(`${suite}\0`),
    withCounter === undefined ? NOTHING : counterBytes(given(input.counter, 'counter')),
    questionBytes(format, Number(length), input.question),
    suite.includes('-PSHA') ? given(input.pinHash, 'hash of the PIN') : NOTHING,
    sessionLength === undefined ? NOTHING : sessionBytes(given(input.session, 'session'), Number(sessionLength)),
    /-T[^:]+$/.test(suite) ? counterBytes(given(input.timeStep, 'time step')) : NOTHING,
  )
  const digest = prepareMac(key, hash)(message)
  return { digits: digits === '0' ? '' : truncate(digest, Number(digits)), digest }
}

const NOTHING = new Uint8Array(0)

function given<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new RangeError(`this OCRA suite needs a ${name}`)
  return value
}

const FORMATS: Readonly<Record<string, RegExp>> = { N: /^[0-9]+$/, A: /^[\x20-\x7e]+$/, H: /^[0-9A-Fa-f]+$/ }

/** RFC 6287, 5.1: a number is written in hexadecimal, text as ASCII; padded on the right to 128 bytes. */
function questionBytes(format: string, maximum: number, question: OcraInput['question']): Uint8Array {
  if (maximum < 4 || maximum > 64) throw new RangeError('an OCRA question has 4 to 64 characters at most')
  const questions = typeof question === 'string' ? [question] : question
  for (const one of questions) {
    if (one.length <= maximum && FORMATS[format]?.test(one) === true) continue
    throw new RangeError(`not a question of format ${format} with at most ${maximum} characters`)
  }
  const joined = questions.join('')
  const hexadecimal = format === 'N' ? BigInt(joined).toString(16) : joined
  const bytes = format === 'A' ? utf8ToBytes(joined) : hexToBytes(hexadecimal.padEnd(QUESTION_BYTES * 2, '0'))
  const padded = new Uint8Array(QUESTION_BYTES)
  padded.set(bytes)
  return padded
}

/** RFC 6287, 5.1: padded with zeros on the left to the length that the suite says. */
function sessionBytes(session: Uint8Array, length: number): Uint8Array {
  if (session.length > length) throw new RangeError(`the session information has more than ${length} bytes`)
  const padded = new Uint8Array(length)
  padded.set(session, length - session.length)
  return padded
}
