import type Provider from 'oidc-provider'
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { Context } from '../../context.ts'
import { ensureKeys } from '../../signing-keys/ensure-keys.ts'
import { openSigningKeys, signingKeysVersion } from '../../signing-keys/open-signing-keys.ts'
import { newProvider } from './configure.ts'
import { allowFormTo, requestIdOf } from './raw-answer.ts'

const LOOK_EVERY_MS = 1000

type Opened = { version: string; provider: Provider; answer: ReturnType<Provider['callback']> }

/**
 * The library with the keys of this moment. It takes its keys when it is made and keeps nothing else in memory that matters, so that
 * a rotation, by whichever instance, makes a new one.
 */
export class LiveProvider {
  readonly #ctx: Context
  #opened: Opened
  #lookedAt: number
  #looking: Promise<void> | undefined

  private constructor(ctx: Context, opened: Opened) {
    this.#ctx = ctx
    this.#opened = opened
    this.#lookedAt = ctx.now()
  }

  static async open(ctx: Context): Promise<LiveProvider> {
    await ensureKeys(ctx)
    return new LiveProvider(ctx, await build(ctx))
  }

  async get(): Promise<Opened> {
    if (Math.abs(this.#ctx.now() - this.#lookedAt) >= LOOK_EVERY_MS) {
      this.#looking ??= this.#look().finally(() => {
        this.#looking = undefined
      })
      await this.#looking
    }
    return this.#opened
  }

  async #look(): Promise<void> {
    const at = this.#ctx.now()
    if ((await signingKeysVersion(this.#ctx)) !== this.#opened.version) this.#opened = await build(this.#ctx)
    this.#lookedAt = at
  }
}

async function build(ctx: Context): Promise<Opened> {
  const keys = await openSigningKeys(ctx)
  const provider = newProvider(ctx, keys)
  provider.use(finishAnswer)
  logErrors(ctx, provider)
  return { version: keys.version, provider, answer: provider.callback() }
}

/** What the library says of itself and cannot be told to say otherwise. */
async function finishAnswer(koa: { body: unknown; oidc?: KoaContextWithOIDC['oidc'] } & Koa, next: () => Promise<void>): Promise<void> {
  await next()
  const { oidc } = koa
  if (oidc?.route === 'discovery') koa.body = { ...Object(koa.body), response_modes_supported: ['query', 'form_post'] }
  const { response_mode: mode, redirect_uri: uri } = oidc?.params ?? {}
  if (mode === 'form_post' && oidc?.redirectUriCheckPerformed === true && typeof uri === 'string') {
    koa.set('content-security-policy', allowFormTo(koa.response.get('content-security-policy'), uri))
  }
}
type Koa = Pick<KoaContextWithOIDC, 'set' | 'response'>

/** Names and codes only: messages may repeat what was sent. */
function logErrors(ctx: Context, provider: Provider): void {
  const describe = (koa: KoaContextWithOIDC, error: Error) => ({
    request: requestIdOf(koa.req),
    route: koa.oidc.route,
    client: koa.oidc.client?.clientId,
    failure: error.name,
    code: 'code' in error ? String(error.code) : undefined,
    place: error.stack?.split('\n').find((line) => line.trimStart().startsWith('at ')),
  })
  provider.on('server_error', (koa, error) => ctx.log.error(describe(koa, error), 'a request of a relying party failed'))
  const refused = (koa: KoaContextWithOIDC, error: Error) => ctx.log.info(describe(koa, error), 'a request of a relying party was refused')
  provider.on('authorization.error', refused)
  provider.on('grant.error', refused)
  // Failures outside of any route: Koa would print them.
  provider.onerror = (error) => ctx.log.error({ failure: error.name }, 'a request of a relying party failed')
}
