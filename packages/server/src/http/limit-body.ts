import type { MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { Env, Request } from './request.ts'

/**
 * Refuses bodies above `largest` bytes. The length that a request states is looked at first: the socket takes no more than that. Only a body of
 * unknown length is counted while it is read, which costs a copy.
 */
export function limitBody(largest: number, refuse: (request: Request) => Response | Promise<Response>): MiddlewareHandler<Env> {
  const counting = bodyLimit({ maxSize: largest, onError: refuse })
  return async (request, next) => {
    const headers = request.env.incoming?.headers
    if (headers === undefined || headers['transfer-encoding'] !== undefined) return counting(request, next)
    return Number(headers['content-length'] ?? 0) > largest ? refuse(request) : next()
  }
}
