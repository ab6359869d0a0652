import { expect, test } from 'vitest'
import { onBothEngines } from '../../../../test/world.ts'
import { standOf } from '../test/stand.ts'
import { discover, publishedKeys } from './test/tokens.ts'

const PUBLIC = 'https://id.example.test'

/**
 * What the one module of `oidcc-config-certification-test-plan` of the OpenID Foundation's conformance suite asks of a provider
 * (https://gitlab.com/openid/conformance-suite, OIDCCConfigTestPlan), for clients that were registered beforehand.
 */
onBothEngines('the Config plan, module by module', (world) => {
  const stand = standOf(world, PUBLIC)

  test('oidcc-discovery-endpoint-verification: every entry is there, is of its type, and says what the specifications want', async () => {
    const found = await discover(stand())
    // The issuer is the address of the document without its ending, by https, with nothing behind the host.
    expect(found['issuer']).toBe(PUBLIC)
    expect(new URL(PUBLIC)).toMatchObject({ protocol: 'https:', username: '', password: '', search: '', hash: '' })
    expect(found).toMatchObject({
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      claims_parameter_supported: true,
      grant_types_supported: expect.arrayContaining(['authorization_code']),
      id_token_signing_alg_values_supported: expect.arrayContaining(['RS256']),
      scopes_supported: expect.arrayContaining(['openid']),
      claims_supported: expect.arrayContaining(['sub', 'iss', 'name', 'email']),
      code_challenge_methods_supported: ['S256'],
    })
    for (const name of ['authorization_endpoint', 'token_endpoint', 'userinfo_endpoint', 'end_session_endpoint', 'jwks_uri'])
      expect(found[name]).toMatch(`${PUBLIC}/oidc/`)
    const addresses = Object.entries(found).filter(([name]) => /_(?:endpoint|uri)$/.test(name))
    for (const [name, address] of addresses) expect(new URL(String(address)).protocol, name).toBe('https:')
    const lists = Object.entries(found).filter(([name]) => name.endsWith('_supported') && Array.isArray(found[name]))
    for (const [name, list] of lists) expect(list, name).toEqual(expect.arrayContaining([expect.any(String)]))
    for (const scope of found['scopes_supported'] as string[]) expect(scope).toMatch(/^[\x21\x23-\x5b\x5d-\x7e]+$/)
    // Where these are missing there is nothing to check: no client registers itself, no answer of the UserInfo endpoint is signed.
    for (const absent of ['registration_endpoint', 'userinfo_signing_alg_values_supported', 'request_object_signing_alg_values_supported'])
      expect(found).not.toHaveProperty(absent)
    for (const absent of ['ui_locales_supported', 'claims_locales_supported']) expect(found).not.toHaveProperty(absent)
    const { keys } = await publishedKeys(stand())
    expect(new Set(keys.map(({ alg }) => alg))).toEqual(new Set(['ES256', 'RS256']))
  })
})
