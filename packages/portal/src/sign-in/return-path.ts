import type { Schema } from '../db/schema.ts'

/** Where a sign-in may lead back to. */
export type ReturnPath = Schema['portalSignIns']['returnPath']

/** Nothing that a request says is made into an address: it is one of our own pages to the letter, or it is the dashboard. */
export function returnPath(path: string): ReturnPath {
  return path === '/manage-account' ? path : '/dashboard'
}
