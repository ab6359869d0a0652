import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { onBothEngines, START } from '../../test/world.ts'
import { DatabaseNewer } from './migrate.ts'
import { run, statement } from './statement.ts'

onBothEngines('transactions', (world) => {
  const add = (name: string, fail = false) =>
    world().db.transaction(async (tx) => {
      await tx.insertInto('facts').values({ name, value: 'here' }).execute()
      if (fail) throw new Error('no')
      return name
    })
  const names = async () => (await world().db.read.selectFrom('facts').select('name').orderBy('name').execute()).map(({ name }) => name)

  test('what throws is rolled back, and takes nothing else with it', async () => {
    const all = await Promise.allSettled([add('a'), add('b', true), add('c')])
    expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(await names()).toEqual(['a', 'c'])
  })

  test('a guarded update is won once, however many try, from two instances', async () => {
    const other = await world().another()
    await world().db.transaction((tx) => tx.insertInto('facts').values({ name: 'once', value: '0' }).execute())
    const take = (db: typeof other.db) =>
      db.transaction(async (tx) => {
        const taken = await tx
          .updateTable('facts')
          .set({ value: '1' })
          .where('name', '=', 'once')
          .where('value', '=', '0')
          .returning('name')
          .execute()
        return taken.length
      })
    const wins = await Promise.all(Array.from({ length: 200 }, (_, index) => take(index % 2 ? world().db : other.db)))
    expect(wins.reduce((sum, won) => sum + won, 0)).toBe(1)
  })

  test('what a newer version wrote is refused, and left', async () => {
    const steps = async () => (await sql<{ name: string }>`select name from migrations order by name`.execute(world().db.read)).rows
    await world().db.transaction((tx) => sql`insert into migrations (name, timestamp) values ('9999-later', '')`.execute(tx))
    const before = await steps()
    await expect(world().another()).rejects.toBeInstanceOf(DatabaseNewer)
    expect(await steps()).toEqual(before)
    await world().db.transaction((tx) => sql`delete from migrations where name = '9999-later'`.execute(tx))
  })

  test('opening again changes nothing', async () => {
    const before = await world().db.read.selectFrom('realms').selectAll().execute()
    const other = await world().another()
    expect(await other.db.read.selectFrom('realms').selectAll().execute()).toEqual(before)
  })

  test('numbers and bytes come back as they went in', async () => {
    const bytes = Uint8Array.of(0, 1, 255)
    await world().db.transaction((tx) =>
      tx.insertInto('audit_person_keys').values({ user_id: 'usr_x', sealed_key: bytes, created_at: START }).execute(),
    )
    const row = await world().db.read.selectFrom('audit_person_keys').selectAll().executeTakeFirstOrThrow()
    expect({ ...row, sealed_key: new Uint8Array(row.sealed_key) }).toEqual({
      realm_id: 'default',
      user_id: 'usr_x',
      sealed_key: bytes,
      created_at: START,
    })
  })

  test('a statement that is written out once is read and planned once a connection (PostgreSQL)', async () => {
    const { engine } = world().db
    if (engine === 'sqlite') return
    const named = statement<{ value: string }>('select value from facts where name = ?')
    const prepared = await world().db.transaction(async (tx) => {
      for (const name of ['a', 'c', 'nothing']) await run(engine, tx, named, name)
      const { rows } = await sql<{ text: string }>`select statement as text from pg_prepared_statements`.execute(tx)
      return rows.map(({ text }) => text)
    })
    expect(prepared).toEqual([named.texts.postgres])
  })
})
