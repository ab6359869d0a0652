import type { PeopleTables } from '../people-tables.ts'
import type { Table } from './columns.ts'

/** The first tables: people, and what they prove who they are with besides a token. */
export const people: { [Name in keyof PeopleTables]: Table } = {
  realms: { global: true, columns: { id: 'text', name: 'text', created_at: 'int' }, key: ['id'] },
  facts: { global: true, columns: { name: 'text', value: 'text' }, key: ['name'] },
  users: {
    columns: {
      id: 'text',
      login_name: 'text',
      display_name: 'text',
      role: 'text',
      state: 'text',
      locale: 'text',
      time_zone: 'text',
      created_at: 'int',
      enrolled_at: 'int?',
      ended_at: 'int?',
    },
    key: ['id'],
    unique: [['realm_id', 'login_name']],
  },
  addresses: {
    columns: {
      id: 'text',
      user_id: 'text',
      address: 'text',
      canonical: 'text',
      created_at: 'int',
      verified_at: 'int?',
      recovery_from: 'int?',
      ended_at: 'int?',
    },
    key: ['id'],
  },
  passwords: { columns: { user_id: 'text', hash: 'text', changed_at: 'int', reset_at: 'int?' }, key: ['user_id'] },
  password_guards: { columns: { subject: 'text', failures: 'int', not_before: 'int', last_at: 'int' }, key: ['subject'] },
  devices: {
    columns: { id: 'text', user_id: 'text', failures: 'int', not_before: 'int', created_at: 'int', last_used_at: 'int', expires_at: 'int' },
    key: ['id'],
  },
  question_answers: {
    columns: { user_id: 'text', place: 'int', question: 'text', hash: 'text', created_at: 'int' },
    key: ['user_id', 'place'],
  },
  question_rounds: {
    columns: { user_id: 'text', first_place: 'int', second_place: 'int', wrong_rounds: 'int', not_before: 'int', locked_at: 'int?' },
    key: ['user_id'],
  },
  recovery_code_sets: { columns: { id: 'text', user_id: 'text', created_at: 'int', saved_at: 'int?', ended_at: 'int?' }, key: ['id'] },
  recovery_codes: { columns: { set_id: 'text', number: 'int', user_id: 'text', hash: 'text', used_at: 'int?' }, key: ['set_id', 'number'] },
  mailed_codes: {
    columns: {
      id: 'text',
      user_id: 'text',
      session_id: 'text',
      hash: 'text',
      tries_left: 'int',
      created_at: 'int',
      expires_at: 'int',
      used_at: 'int?',
    },
    key: ['id'],
  },
  recovery_guards: {
    columns: {
      user_id: 'text',
      attempts: 'int',
      not_before: 'int',
      last_at: 'int',
      password_reset_at: 'int?',
      password_reset_proof: 'text?',
    },
    key: ['user_id'],
  },
}
