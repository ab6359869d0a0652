import type { Tx } from '../db/database.ts'
import type { UserId } from '../ids.ts'

export type StoredAnswer = { place: number; question: string; hash: string }
export type Round = { first: number; second: number; wrongRounds: number; notBefore: number; lockedAt: number | undefined }

/** Replaces all answers and begins to count anew. */
export async function replaceAnswers(
  tx: Tx,
  user: UserId,
  answers: readonly StoredAnswer[],
  pair: { first: number; second: number },
  at: number,
): Promise<void> {
  const round = { first_place: pair.first, second_place: pair.second, wrong_rounds: 0, not_before: 0, locked_at: null }
  await tx
    .insertInto('question_rounds')
    .values({ user_id: user, ...round })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet(round))
    .execute()
  await tx.deleteFrom('question_answers').where('user_id', '=', user).execute()
  const rows = answers.map(({ place, question, hash }) => ({ user_id: user, place, question, hash, created_at: at }))
  await tx.insertInto('question_answers').values(rows).execute()
}

/** Charges a round, unless it waits or is locked; undefined if the person has no questions. Holds the row. */
export async function claimRound(tx: Tx, user: UserId, at: number): Promise<Round | undefined> {
  const row = await tx
    .updateTable('question_rounds')
    .set((eb) => ({
      wrong_rounds: eb(
        'wrong_rounds',
        '+',
        eb
          .case()
          .when(eb.and([eb('not_before', '<=', at), eb('locked_at', 'is', null)]))
          .then(1)
          .else(0)
          .end(),
      ),
    }))
    .where('user_id', '=', user)
    .returning(['first_place', 'second_place', 'wrong_rounds', 'not_before', 'locked_at'])
    .executeTakeFirst()
  return (
    row && {
      first: row.first_place,
      second: row.second_place,
      wrongRounds: row.wrong_rounds,
      notBefore: row.not_before,
      lockedAt: row.locked_at ?? undefined,
    }
  )
}

/** What follows from a charge, in the transaction that made it. */
export async function setRound(tx: Tx, user: UserId, not_before: number, locked_at: number | null): Promise<void> {
  await tx.updateTable('question_rounds').set({ not_before, locked_at }).where('user_id', '=', user).execute()
}

/** Holds the round if it is still the one in which these places were asked. */
export async function holdRound(tx: Tx, user: UserId, first: number, second: number): Promise<boolean> {
  const row = await tx
    .updateTable('question_rounds')
    .set((eb) => ({ wrong_rounds: eb.ref('wrong_rounds') }))
    .where('user_id', '=', user)
    .where('first_place', '=', first)
    .where('second_place', '=', second)
    .returning('user_id')
    .executeTakeFirst()
  return row !== undefined
}

/** The next two are asked, and counting begins anew. */
export async function beginRound(tx: Tx, user: UserId, pair: { first: number; second: number }): Promise<void> {
  await tx
    .updateTable('question_rounds')
    .set({ first_place: pair.first, second_place: pair.second, wrong_rounds: 0, not_before: 0, locked_at: null })
    .where('user_id', '=', user)
    .execute()
}

export async function findAnswers(tx: Tx, user: UserId, places: readonly number[]): Promise<Map<number, StoredAnswer>> {
  const rows = await tx
    .selectFrom('question_answers')
    .select(['place', 'question', 'hash'])
    .where('user_id', '=', user)
    .where('place', 'in', [...places])
    .execute()
  return new Map(rows.map((row) => [row.place, row]))
}
