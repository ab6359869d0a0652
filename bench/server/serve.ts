import { readConfig } from '@latchkey/server/config'
import { startServer } from '@latchkey/server/main'
import { openLog } from '@latchkey/server/observe/log'
import { SITE } from '@latchkey/token-app/site'

/** The server as `latchkey serve` starts it, in a process of its own; says when it is ready and, when asked, how much memory it has. */
const server = await startServer(readConfig(process.env), openLog('warn'), SITE)
process.send?.({ ready: true })
process.on('message', () => process.send?.({ memory: process.memoryUsage.rss() }))
process.on('disconnect', () => {
  server.stop().finally(() => process.exit())
})
