// Gates on who votes: the cluster must have a master when the node is gone, and know it.
import { type Gate, pass, refuse, refuseAny } from '#sdk'
import { isMasterEligible } from '../../rolling-restart/tiers.ts'
import type { RemoveFacts } from '../facts.ts'
import { leavingMasters, stayingNodes } from '../who-leaves.ts'

type RemoveGate = Gate<RemoveFacts, unknown>

const smallestThatSurvives = 3

export const masterGates: readonly RemoveGate[] = [
  {
    name: 'master_is_stable',
    prevents: 'Draining in an election storm, in which no move is carried out.',
    waivable: 'never',
    check: ({ master }) => {
      if (master.elected === null) return refuse('no master is elected')
      const evidence = `${master.elected} is master; ${master.symptom || master.stable}`
      return master.stable === 'green' || master.stable === 'unknown' ? pass(evidence) : refuse(evidence)
    },
  },
  {
    name: 'not_the_last_master',
    prevents: 'A cluster without any node that may be master: it is lost, and with it every write.',
    waivable: 'never',
    check: facts => {
      const leaving = leavingMasters(facts).map(({ name }) => name)
      const staying = stayingNodes(facts).filter(isMasterEligible)
      const voting = staying.filter(({ id }) => facts.coordination.committed.includes(id))
      const evidence = `${staying.length} master-eligible nodes stay, ${voting.length} of them vote`
      if (leaving.length === 0) return pass(`no master leaves; ${evidence}`)
      return voting.length > 0
        ? pass(evidence)
        : refuse(`${evidence}: add a master before ${leaving.join(', ')} goes`)
    },
  },
  {
    name: 'masters_survive_a_loss',
    prevents: 'A cluster that stops as soon as one of its two masters does.',
    waivable: 'reason',
    check: facts => {
      const staying = stayingNodes(facts).filter(isMasterEligible).length
      if (leavingMasters(facts).length === 0) return pass('no master leaves')
      return staying >= smallestThatSurvives
        ? pass(`${staying} masters stay`)
        : refuse(
            `${staying} masters stay, and with fewer than ${smallestThatSurvives} none may be lost: add one first`,
          )
    },
  },
  {
    name: 'voting_configuration_is_settled',
    prevents: 'Two changes of who votes at a time, after which nobody knows what the quorum is.',
    waivable: 'never',
    check: ({ coordination: { committed, accepted, exclusions }, targets }) => {
      if ([...committed].sort().join() !== [...accepted].sort().join())
        return refuse('a change of the voting configuration is under way')
      return refuseAny(
        exclusions
          .filter(({ nodeName }) => !targets.includes(nodeName))
          .map(
            ({ nodeName }) =>
              `${nodeName} is excluded from voting: DELETE _cluster/voting_config_exclusions when nobody needs that`,
          ),
        `${committed.length} voting nodes`,
      )
    },
  },
]
