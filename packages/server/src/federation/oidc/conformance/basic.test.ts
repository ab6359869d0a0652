import { beforeEach } from 'vitest'
import { onBothEngines } from '../../../../test/world.ts'
import { standOf } from '../test/stand.ts'
import { codeModules, tokenModules } from './test/token-modules.ts'
import { promptModules, scopeModules, unsupportedModules } from './test/wish-modules.ts'

/**
 * What each module of `oidcc-basic-certification-test-plan` of the OpenID Foundation's conformance suite does to a provider
 * (https://gitlab.com/openid/conformance-suite, OIDCCBasicTestPlan), for code, discovery and clients that were registered beforehand.
 */
onBothEngines('the Basic plan, module by module', (world) => {
  const stand = standOf(world, 'https://id.example.test')
  beforeEach(() => world().setTime(Date.now()))
  const bench = { world, stand, mode: 'query' as const }
  for (const modules of [tokenModules, codeModules, scopeModules, promptModules, unsupportedModules]) modules(bench)
})
