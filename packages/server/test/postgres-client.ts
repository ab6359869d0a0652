import pg from 'pg'

/** One connection to a PostgreSQL server, for what a test does to the server itself. */
export type PostgresClient = {
  readonly query: (text: string) => Promise<Record<string, unknown>[]>
  readonly end: () => Promise<void>
}

const CONNECT_TIMEOUT_MS = 5_000

export async function openClient(url: string): Promise<PostgresClient> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS })
  // One that breaks fails what it is asked next.
  client.on('error', () => undefined)
  await client.connect()
  return { query: async (text) => (await client.query<Record<string, unknown>>(text)).rows, end: () => client.end() }
}
