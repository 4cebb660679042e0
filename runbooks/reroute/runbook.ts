// Reroute: takes the remedies of a triage, the safest first, and gives nothing up without the word of another person.
import { diagnoseCluster } from '../triage/diagnose.ts'
import { rerouteWith } from './reroute-with.ts'

export default rerouteWith(diagnoseCluster)
