// One host at a time: renew, see it served, see that nothing is worse than before. Nothing new is begun once a cluster has lost a node.
import { OpsError, type Run } from '#sdk'
import type { RenewParams } from './params.ts'
import type { RenewDetails } from './plan.ts'
import { renewOn, waitUntilServed } from './renew.ts'

export async function applyRenewal(run: Run, details: RenewDetails, params: RenewParams): Promise<void> {
  for (const target of details.targets) {
    await run.safePoint()
    const { host, service } = target
    if (service === 'elasticsearch') await expectNoWorse(run, details)
    const renewed = await renewOn(run, target, params)
    const said = `${service} on ${host}: serial ${renewed.serial}, until ${renewed.notAfter}`
    if (service === 'kafka') {
      const text = `${said}, served from its next restart on: ops run rolling-restart --service kafka`
      await run.mark(`${host}.${service}.renewed`, 'remark', { text })
      continue
    }
    await waitUntilServed(run, target, renewed, params)
    if (service === 'elasticsearch') await expectNoWorse(run, details)
    await run.mark(`${host}.${service}.renewed`, 'remark', { text: said })
  }
}

const rank = (status: string): number => ['green', 'yellow', 'red'].indexOf(status)

/** Nodes talk to each other with the same certificate; a wrong one shows here. */
async function expectNoWorse(run: Run, { cluster }: RenewDetails): Promise<void> {
  // It has not answered, and somebody has waived that.
  if (cluster === null) return
  const { status, nodes } = await run.elasticsearch.health({ timeoutMs: 10_000 })
  if (nodes >= cluster.nodes && rank(status) <= Math.max(rank(cluster.status), rank('yellow'))) return
  throw new OpsError('STOP_CONDITION', {
    message: `the cluster is ${status} with ${nodes} nodes; it was ${cluster.status} with ${cluster.nodes}`,
    hint: `see to that first, then: ops resume ${run.id}`,
  })
}
