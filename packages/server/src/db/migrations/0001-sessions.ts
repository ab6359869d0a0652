import type { SessionTables } from '../sessions-tables.ts'
import type { Table } from './columns.ts'

/** The first tables: what signs in, what is mailed, what is shown for a while. */
export const sessions: { [Name in keyof SessionTables]: Table } = {
  links: {
    columns: {
      id: 'text',
      purpose: 'text',
      user_id: 'text?',
      hash: 'text',
      subject_id: 'text?',
      created_at: 'int',
      expires_at: 'int',
      used_at: 'int?',
    },
    key: ['id'],
    unique: [['hash']],
  },
  notices: {
    columns: {
      id: 'text',
      user_id: 'text',
      action: 'text',
      added_id: 'text?',
      ended_id: 'text?',
      created_at: 'int',
      repudiated_at: 'int?',
    },
    key: ['id'],
  },
  sessions: {
    columns: {
      id: 'text',
      hash: 'text',
      user_id: 'text',
      kind: 'text',
      created_at: 'int',
      last_seen_at: 'int',
      expires_at: 'int',
      ended_at: 'int?',
      password_at: 'int?',
      second_factor_at: 'int?',
      amr: 'text',
      device_id: 'text?',
      proof: 'text?',
      wrong_codes: 'int',
      sealed_origin: 'bytes?',
    },
    key: ['id'],
    unique: [['hash']],
  },
  sign_in_flows: {
    columns: {
      id: 'text',
      browser: 'text',
      state: 'text',
      user_id: 'text?',
      session_id: 'text?',
      return_to: 'text',
      form_origin: 'text?',
      relying_party: 'text?',
      password_at: 'int?',
      device_id: 'text?',
      wants_second_factor: 'int',
      fresh_since: 'int?',
      created_at: 'int',
      expires_at: 'int',
    },
    key: ['id'],
  },
  shown_once: { columns: { session_id: 'text', what: 'text', sealed_text: 'bytes', expires_at: 'int' }, key: ['session_id', 'what'] },
}
