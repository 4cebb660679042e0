// What a node of Elasticsearch 8.19 wrote when logins were refused. Times are of one minute.
const tracer = (clock: string, remote = '/127.0.0.1:47560'): string =>
  `[2024-11-29T${clock}][TRACE][o.e.h.HttpTracer         ] [es-node01] [61][null][GET][/_security/_authenticate] received request from [Netty4HttpChannel{localAddress=/127.0.6.51:9200, remoteAddress=${remote}}]`
const refused = (reason: string): string =>
  `org.elasticsearch.http.HttpHeadersValidationException: org.elasticsearch.ElasticsearchSecurityException: ${reason}`
const audited = (clock: string, fields: string): string =>
  `[2024-11-29T${clock}][INFO ][o.e.x.s.a.l.LoggingAuditTrail] [es-node01]org.elasticsearch.xpack.security.audit cluster.name="null" cluster.uuid="AoCpz8OuTl-X_4h06J1Tdg" ${fields} host.ip="null" host.name="null" node.id="h0XqLso6QG2F49Ph8L_WHw" node.name="null"`
const from = 'origin.address="127.0.0.1:52824" origin.type="rest" request.id="p_S4AEdJRICHMRKq1kzC7w"'

export const lines = {
  started: '[2024-11-29T03:24:10,000][INFO ][o.e.n.Node               ] [es-node01] started {es-node01}',
  auditJson:
    '{"type":"audit", "timestamp":"2024-11-29T03:25:27,451+0000", "node.id":"h0XqLso6QG2F49Ph8L_WHw", "event.type":"rest", "event.action":"authentication_failed", "user.name":"disab", "origin.type":"rest", "origin.address":"127.0.0.1:39442", "url.path":"/_security/_authenticate", "request.method":"GET", "request.id":"-IbJkFSRThqrqIUOJSF1qg"}',
  auditGranted:
    '{"type":"audit", "timestamp":"2024-11-29T03:25:27,460+0000", "event.type":"rest", "event.action":"access_granted", "authentication.type":"REALM", "user.name":"disab", "origin.address":"127.0.0.1:39442"}',
  auditInLog: audited(
    '03:25:18,396',
    `event.action="authentication_failed" event.type="rest" ${from} user.name="disab"`,
  ),
  auditAnonymous: audited('03:25:19,000', `event.action="anonymous_access_denied" event.type="rest" ${from}`),
  auditToken: audited(
    '03:25:20,000',
    `authentication.token.name="token1" event.action="authentication_failed" ${from} user.name="elastic/kibana"`,
  ),
  tracedServed: `${tracer('03:25:02,600')}\n[2024-11-29T03:25:02,601][TRACE][o.e.h.HttpTracer         ] [es-node01] [61][null][OK][application/json][509] sent response to [Netty4HttpChannel{localAddress=/127.0.6.51:9200, remoteAddress=/127.0.0.1:47560}] success [true]`,
  tracedUser: `${tracer('03:25:02,658')}\n${refused('unable to authenticate user [tester] for REST request [/_security/_authenticate]')}`,
  tracedSixth: `${tracer('03:25:02,658', '/[fd00:0:0:0:0:0:0:7]:47560')}\n${refused('unable to authenticate user [tester] for REST request [/]')}`,
  tracedToken: `${tracer('03:25:04,000')}\n${refused('failed to authenticate service account [elastic/kibana] with token name [token1]')}`,
  tracedKey: `${tracer('03:25:05,000')}\n${refused('unable to authenticate with provided credentials and anonymous access is not allowed for this request')}`,
  tracedNobody: `${tracer('03:25:06,000')}\n${refused('missing authentication credentials for REST request [/]')}`,
  stack: `\tat org.elasticsearch.xpack.security.authc.AuthenticatorChain.run(AuthenticatorChain.java:1)\nCaused by: org.elasticsearch.ElasticsearchSecurityException: unable to authenticate user [tester] for REST request [/]\n\t... 37 more`,
  saidUser:
    '[2024-11-29T03:24:59,774][WARN ][o.e.x.s.a.RealmsAuthenticator] [es-node01] Authentication to realm default_native failed - Password authentication failed for tester',
  saidLater:
    '[2024-11-29T03:25:30,000][WARN ][o.e.x.s.a.RealmsAuthenticator] [es-node01] Authentication to realm default_native failed - Password authentication failed for tester',
  saidReserved:
    '[2024-11-29T03:25:00,802][INFO ][o.e.x.s.a.RealmsAuthenticator] [es-node01] Authentication of [kibana_system] was terminated by realm [reserved] - failed to authenticate user [kibana_system]',
  saidKey:
    '[2024-11-29T03:25:01,019][WARN ][o.e.x.s.a.ApiKeyAuthenticator] [es-node01] Authentication using apikey failed - unable to find apikey with id abcdefghij',
  saidKeyLater:
    '[2024-11-29T03:25:31,019][WARN ][o.e.x.s.a.ApiKeyAuthenticator] [es-node01] Authentication using apikey failed - unable to find apikey with id abcdefghij',
} as const

/** Written in a moment from now. */
export function linesNow() {
  const soon = new Date(Date.now() + 60_000)
  const clock = soon.toTimeString().slice(0, 8)
  const line = audited(
    'DAY',
    `event.action="authentication_failed" event.type="rest" ${from} user.name="ops-probe"`,
  )
  return { probed: line.replace('2024-11-29TDAY', `${soon.toLocaleDateString('sv')}T${clock},000`) }
}
