// The fake systems as a test begins with them.
import type { FakeCredentialsState, FakeEndpoint, FakePrincipal, FakeVendor } from './state.ts'

export interface FakeCredentialsOptions {
  readonly principals?: readonly (Pick<FakePrincipal, 'kind' | 'name' | 'secret'> & Partial<FakePrincipal>)[]
  readonly endpoints?: Partial<Record<FakeVendor, readonly string[]>>
}

const usualEndpoints = {
  elasticsearch: ['es-node01', 'es-node02', 'es-node03'],
  kafka: ['kafka01', 'kafka02', 'kafka03'],
  vault: ['vault01'],
}

export function createState(options: FakeCredentialsOptions): FakeCredentialsState {
  const endpoints = { ...usualEndpoints, ...options.endpoints }
  const endpointsOf = (vendor: FakeVendor) =>
    endpoints[vendor].map((name): FakeEndpoint => ({ name, vendor, trouble: null }))
  return {
    principals: (options.principals ?? []).map(one => ({
      owner: '',
      enabled: true,
      grants: { roles: ['writer'] },
      madeBy: null,
      ...one,
    })),
    endpoints: (['elasticsearch', 'kafka', 'vault'] as const).flatMap(endpointsOf),
    refusedLogins: [],
    opsAddress: '192.0.2.1',
    counter: 0,
    rejections: [],
    lostAnswers: [],
    failures: {},
    differing: [],
    cannotWrite: [],
    history: [],
  }
}
