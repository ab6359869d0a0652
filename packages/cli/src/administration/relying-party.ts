import { readFileSync } from 'node:fs'
import type { Context } from '@latchkey/server/context'
import { changeRelyingParty, type RelyingPartyChange } from '@latchkey/server/federation/oidc/change-relying-party'
import { readClientKeys } from '@latchkey/server/federation/oidc/client-keys'
import { listRelyingParties } from '@latchkey/server/federation/oidc/list-relying-parties'
import {
  type ClientAuthentication,
  type Refused,
  type RelyingPartySetting,
  registerRelyingParty,
} from '@latchkey/server/federation/oidc/register-relying-party'
import { removeRelyingParty } from '@latchkey/server/federation/oidc/remove-relying-party'
import { TWO_FACTORS } from '@latchkey/server/federation/oidc/rules'
import { Command, InvalidArgumentError, Option } from 'commander'
import { labelled, standingOut } from '../terminal/output.ts'
import { type Answer, refuse } from './answer.ts'
import { administrative } from './command.ts'
import { COMMAND_LINE, type Options, runOnData } from './run.ts'

const MINUTE = 60_000
const NO_SUCH = 'There is no such one. See: latchkey relying-party list'
const IS_PORTAL = 'The portal is registered at each start, as the settings say. To do without it: LATCHKEY_PORTAL_ENABLED=false'
const METHODS = ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'] as const

type AddOptions = Options & {
  name?: string
  redirectUri: string[]
  postLogoutRedirectUri?: string[]
  backChannelLogoutUri?: string
  authentication: (typeof METHODS)[number]
  keys?: string
  idTokenAlgorithm?: 'RS256' | 'ES256'
  refreshTokens?: boolean
  secondFactor?: boolean
  freshMinutes?: number
}

type ChangeOptions = Options &
  Pick<AddOptions, 'name' | 'keys' | 'idTokenAlgorithm' | 'refreshTokens' | 'secondFactor'> & {
    redirectUri?: string[]
    postLogoutRedirectUri?: string[] | false
    backChannelLogoutUri?: string | false
    freshMinutes?: number | false
    newSecret?: boolean
  }

/** `latchkey relying-party …`. */
export function relyingPartyCommands(): Command {
  return new Command('relying-party')
    .description('applications that people sign in to with OpenID Connect')
    .addCommand(addCommand())
    .addCommand(changeCommand())
    .addCommand(administrative('list', 'list them').action((options: Options) => runOnData(options, list)))
    .addCommand(
      administrative('remove', 'remove one, with everything that it was given')
        .argument('<client-id>', 'its client id, as list shows it')
        .action((clientId: string, options: Options) => runOnData(options, (context) => remove(context, clientId))),
    )
}

function addCommand(): Command {
  return administrative('add', 'register one; its secret is shown once')
    .argument('<client-id>', 'what it calls itself')
    .requiredOption('--redirect-uri <uri...>', 'where people are sent back to with a code; https, or http on this machine')
    .option('--name <name>', 'as people read it; the client id if left out')
    .option('--post-logout-redirect-uri <uri...>', 'where they may be sent after signing out')
    .option('--back-channel-logout-uri <uri>', 'what is told when a session ends')
    .addOption(
      new Option('--authentication <method>', 'how it proves at the token endpoint who it is; none for one that can keep no secret')
        .choices(METHODS)
        .default('client_secret_basic'),
    )
    .option('--keys <file>', 'its public keys, a JSON Web Key Set, for private_key_jwt')
    .addOption(new Option('--id-token-algorithm <algorithm>', 'what ID Tokens are signed with').choices(['RS256', 'ES256']))
    .option('--refresh-tokens', 'tokens that outlive the session, for the scope offline_access')
    .option('--second-factor', 'nobody comes in with the password alone, whatever it asks for')
    .option('--fresh-minutes <minutes>', 'what was proved earlier is asked for again', minutes)
    .action((clientId: string, options: AddOptions) => runOnData(options, (context) => add(context, clientId, options)))
}

function changeCommand(): Command {
  return administrative('change', 'change one; what is not named stays, and so does what it was given')
    .argument('<client-id>', 'its client id, as list shows it')
    .option('--name <name>', 'as people read it')
    .option('--redirect-uri <uri...>', 'instead of all that were')
    .option('--post-logout-redirect-uri <uri...>', 'instead of all that were')
    .option('--no-post-logout-redirect-uri', 'none')
    .option('--back-channel-logout-uri <uri>', 'what is told when a session ends')
    .option('--no-back-channel-logout-uri', 'nothing is told')
    .option('--new-secret', 'another secret, shown once; the one before is worth nothing from now on')
    .option('--keys <file>', 'its public keys, instead of all that were')
    .addOption(new Option('--id-token-algorithm <algorithm>', 'what ID Tokens are signed with').choices(['RS256', 'ES256']))
    .option('--refresh-tokens', 'tokens that outlive the session')
    .option('--no-refresh-tokens', 'none')
    .option('--second-factor', 'nobody comes in with the password alone')
    .option('--no-second-factor', 'unless it asks for two')
    .option('--fresh-minutes <minutes>', 'what was proved earlier is asked for again', minutes)
    .option('--no-fresh-minutes', 'unless it asks for that')
    .action((clientId: string, options: ChangeOptions) => runOnData(options, (context) => change(context, clientId, options)))
}

function minutes(text: string): number {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new InvalidArgumentError('Minutes are a whole number from 1 to 99999.')
  return Number(text)
}

async function add(context: Context, clientId: string, options: AddOptions): Promise<Answer> {
  const authentication = authenticationOf(options)
  if (authentication === undefined) {
    return refuse(
      'keys',
      'private_key_jwt goes with --keys <file>, a JSON Web Key Set with public keys ({"keys": […]}), and nothing else does.',
    )
  }
  const registered = await registerRelyingParty(context, COMMAND_LINE, {
    clientId,
    name: options.name ?? clientId,
    redirectUris: options.redirectUri,
    postLogoutRedirectUris: options.postLogoutRedirectUri ?? [],
    authentication,
    backChannelLogoutUri: options.backChannelLogoutUri,
    refreshTokens: options.refreshTokens,
    idTokenAlgorithm: options.idTokenAlgorithm,
    requiredAcr: options.secondFactor === true ? TWO_FACTORS : undefined,
    freshnessMs: options.freshMinutes === undefined ? undefined : options.freshMinutes * MINUTE,
  })
  if (registered.outcome === 'name-taken') {
    return refuse('client-id-taken', 'There is one with this client id. See: latchkey relying-party list')
  }
  if (registered.outcome === 'refused') return refuseSetting(registered)
  const issuer = context.config.login.url
  const { clientSecret } = registered
  return {
    ok: true,
    json: { issuer, clientId, clientSecret: clientSecret ?? null },
    lines: [labelled('Issuer', issuer), labelled('Client ID', clientId), ...secretLines(clientSecret)],
  }
}

function secretLines(secret: string | undefined): string[] {
  return secret === undefined ? [] : [labelled('Client secret', standingOut(secret)), 'It is shown this once.']
}

function refuseSetting({ setting }: Refused): Answer {
  return { ...refuse('refused', WRONG[setting]), json: { setting } }
}

async function change(context: Context, clientId: string, options: ChangeOptions): Promise<Answer> {
  const keys = options.keys === undefined ? undefined : readClientKeys(readFileSync(options.keys, 'utf8'))
  if (options.keys !== undefined && keys === undefined)
    return refuse('keys', 'The file holds no JSON Web Key Set with public keys ({"keys": […]}).')
  const named: RelyingPartyChange = {
    name: options.name,
    redirectUris: options.redirectUri,
    postLogoutRedirectUris: options.postLogoutRedirectUri === false ? [] : options.postLogoutRedirectUri,
    keys,
    newSecret: options.newSecret,
    idTokenAlgorithm: options.idTokenAlgorithm,
    refreshTokens: options.refreshTokens,
    backChannelLogoutUri: options.backChannelLogoutUri === false ? null : options.backChannelLogoutUri,
    requiredAcr: options.secondFactor === undefined ? undefined : options.secondFactor ? TWO_FACTORS : null,
    freshnessMs: options.freshMinutes === undefined ? undefined : options.freshMinutes === false ? null : options.freshMinutes * MINUTE,
  }
  if (Object.values(named).every((value) => value === undefined))
    return refuse('nothing-to-change', 'Name what is to be different. See: latchkey relying-party change --help')
  const changed = await changeRelyingParty(context, COMMAND_LINE, clientId, named)
  switch (changed.outcome) {
    case 'changed':
      return {
        ok: true,
        json: { clientId, changed: true, clientSecret: changed.clientSecret ?? null },
        lines: ['It is changed; the next request knows it.', ...secretLines(changed.clientSecret)],
      }
    case 'refused':
      return refuseSetting(changed)
    case 'is-portal':
      return refuse(changed.outcome, IS_PORTAL)
    case 'changed-meanwhile':
      return refuse(changed.outcome, 'Somebody else changed it at this moment. Look at it with list, then run this again.')
    case 'no-such-relying-party':
      return refuse(changed.outcome, NO_SUCH)
  }
}

/** What was wrong, and what would be right. */
const WRONG: Readonly<Record<RelyingPartySetting, string>> = {
  clientId: 'A client id has 1 to 100 characters of ASCII, and no space; portal is the certificate portal’s.',
  name: 'A name has 1 to 100 characters, none of them a control character.',
  redirectUris:
    'A redirect URI is whole and begins with https://, or http:// on this machine; no wildcard, fragment or user name is in it.',
  postLogoutRedirectUris:
    'A URI for after signing out is whole and begins with https://, or http:// on this machine; no wildcard, fragment or user name is in it.',
  authentication:
    'A secret is for client_secret_basic and client_secret_post; keys are for private_key_jwt: public ones of the kinds EC, RSA or OKP, one at least.',
  backChannelLogoutUri: 'The URI for back-channel logout begins with https://, and its host has a public address.',
}

/** Undefined where method and keys do not belong together, or the file holds no keys. @throws what the system says of a file that cannot be read */
function authenticationOf({ authentication: method, keys: file }: AddOptions): ClientAuthentication | undefined {
  if (method !== 'private_key_jwt') return file === undefined ? { method } : undefined
  if (file === undefined) return undefined
  const keys = readClientKeys(readFileSync(file, 'utf8'))
  return keys === undefined ? undefined : { method, keys }
}

async function list(context: Context): Promise<Answer> {
  const json = (await listRelyingParties(context)).map(({ freshnessMs, createdAt, backChannelLogoutUri, requiredAcr, ...party }) => ({
    ...party,
    backChannelLogoutUri: backChannelLogoutUri ?? null,
    requiredAcr: requiredAcr ?? null,
    freshMinutes: freshnessMs === undefined ? null : freshnessMs / MINUTE,
    createdAt: new Date(createdAt).toISOString(),
  }))
  return { ok: true, json, lines: json.map(({ clientId, name, redirectUris }) => `${clientId}  ${name}  ${redirectUris.join(' ')}`) }
}

async function remove(context: Context, clientId: string): Promise<Answer> {
  const { outcome } = await removeRelyingParty(context, COMMAND_LINE, clientId)
  if (outcome === 'no-such-relying-party') return refuse(outcome, NO_SUCH)
  if (outcome === 'is-portal') return refuse(outcome, IS_PORTAL)
  return { ok: true, json: { clientId, removed: true }, lines: ['It is removed, with everything that it was given.'] }
}
