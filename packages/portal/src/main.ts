import { createApp } from './app.ts'
import type { PortalConfig } from './config.ts'
import { openDatabase } from './db/open-database.ts'
import { loadAssets } from './http/assets.ts'
import { closeAll, listen } from './http/listen.ts'
import { Provider } from './provider/provider.ts'

/**
 * Starts the certificate portal. It needs nothing of the identity server to start: only a sign-in does. `close` ends what is
 * under way in good order. Throws if the database or the port cannot be had.
 */
export async function startPortal(config: PortalConfig): Promise<{ url: string; close: () => Promise<void> }> {
  const { now, log, publicUrl, host, port } = config
  const provider = new Provider(config)
  const assets = loadAssets()
  const db = await openDatabase(config, config.issuer)
  const app = createApp({ config, assets, db, provider, now, log })
  try {
    const servers = await listen((request, env) => app.fetch(request, env), host, port)
    log.info({ url: publicUrl }, 'the portal is listening')
    const close = async (): Promise<void> => {
      await closeAll(servers)
      await db.close()
    }
    return { url: publicUrl, close }
  } catch (error) {
    await db.close()
    throw error
  }
}
