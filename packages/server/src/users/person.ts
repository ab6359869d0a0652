import type { Role, UserState } from '../db/columns.ts'
import type { UserId } from '../ids.ts'

/** A person as other rooms see them. Times are milliseconds UTC. */
export type Person = {
  id: UserId
  /** Canonical. */
  loginName: string
  displayName: string
  role: Role
  state: UserState
  locale: string
  timeZone: string
  createdAt: number
  /** When enrolment was finished. */
  enrolledAt: number | undefined
}
