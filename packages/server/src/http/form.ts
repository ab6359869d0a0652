import { HTTPException } from 'hono/http-exception'
import type { z } from 'zod'
import type { Request } from './request.ts'

/** Reads a form by its schema. Fields that the schema does not name are not looked at. @throws HTTPException 400 for anything else than such a form */
export async function readForm<T extends z.ZodType>(request: Request, schema: T): Promise<z.infer<T>> {
  const fields = await request.req.parseBody({ all: true }).catch(() => undefined)
  const parsed = schema.safeParse(fields)
  if (!parsed.success) throw new HTTPException(400)
  return parsed.data
}
