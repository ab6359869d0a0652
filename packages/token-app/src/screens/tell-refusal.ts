import type { Telling } from '../parts/use-message.ts'
import type { Desk } from './desk.ts'
import { type Refused, sayRefusal } from './say-refusal.ts'

/** Tells a refusal; and where it shows that another window was faster, leads on from there. */
export function tellRefusal(desk: Desk, telling: Telling, refused: Refused): Promise<void> {
  const said = sayRefusal(refused)
  telling.refuse(said)
  return desk.reread(said)
}
