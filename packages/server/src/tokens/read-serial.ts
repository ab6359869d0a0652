import { isSerialNumber, printSerialNumber } from '@latchkey/protocol/codes/serial-number'
import type { Context } from '../context.ts'
import { run, statement } from '../db/statement.ts'
import type { TokenId } from '../ids.ts'

const SERIAL = statement<{ serial_number: string }>('select serial_number from soft_tokens where token_id = ?')

/** A token's serial number as people read it: `04829-15736`. */
export async function readSerial(ctx: Context, token: TokenId): Promise<string | undefined> {
  const [row] = await run(ctx.db.engine, ctx.db.read, SERIAL, token)
  return row === undefined || !isSerialNumber(row.serial_number) ? row?.serial_number : printSerialNumber(row.serial_number)
}
