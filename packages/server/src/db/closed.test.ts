import { expect, test } from 'vitest'
import { openWorld } from '../../test/world.ts'
import type { Engine } from './database.ts'

test.each<Engine>(['sqlite', 'postgres'])(
  'a transaction on a closed database fails, and what was begun before is on disk (%s)',
  async (engine) => {
    const world = await openWorld(engine)
    const { db } = await world.another()
    const add = (name: string) => db.transaction((tx) => tx.insertInto('facts').values({ name, value: '' }).execute())
    const before = add('before')
    await before
    await db.close()
    await expect(add('after')).rejects.toThrow()
    await expect(add('again')).rejects.toThrow()
    const kept = await world.db.read.selectFrom('facts').select('name').where('name', 'in', ['before', 'after', 'again']).execute()
    expect(kept.map(({ name }) => name)).toEqual(['before'])
  },
)
