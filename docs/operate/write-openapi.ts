import { writeFileSync } from 'node:fs'
import { readConfig } from '@latchkey/server/config'
import { describeApi } from '@latchkey/server/federation/validate/describe-api'

/** `npm run openapi`: the description as the server gives it where nothing is set. */
writeFileSync(new URL('./openapi.json', import.meta.url), `${JSON.stringify(describeApi({ config: readConfig({}) }), null, 2)}\n`)
