import pino, { type DestinationStream, type Logger, stdSerializers } from 'pino'
import type { Config } from '../config.ts'

/** What may hold a secret by its nature: never written, wherever it stands in a line, two levels deep. */
const SECRET_FIELDS = [
  'authorization',
  'cookie',
  'set-cookie',
  'proxy-authorization',
  'x-api-key',
  'password',
  'secret',
  'token',
  'code',
  'pin',
  'answer',
  'ticket',
  'key',
]
/** An error's own `code` (ECONNREFUSED) is worth reading, and no secret. */
const PATHS = SECRET_FIELDS.flatMap((field) => {
  const quoted = `["${field}"]`
  const anywhere = [`*${quoted}`, `*.*${quoted}`]
  return field === 'code' || field === 'key' ? [`body${quoted}`, `query${quoted}`] : [quoted, ...anywhere]
})

/** A line that cannot be written is lost, and nothing else: a full disk takes the log with it, not the server. */
function standardError(): DestinationStream {
  const destination = pino.destination({ dest: 2, sync: true })
  destination.on('error', () => undefined)
  return destination
}

/** The log: one JSON object a line, on standard error unless a destination is given. */
export function openLog(level: Config['log']['level'], destination: DestinationStream = standardError()): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: PATHS, censor: '[hidden]' },
      serializers: { err: stdSerializers.err, error: stdSerializers.err },
    },
    destination,
  )
}

/** For commands that say what they have to say by themselves. */
export function openSilentLog(): Logger {
  return pino({ level: 'silent' })
}
