import { FakeWorld } from '/work/main/test/support/fake-world/fake-world.ts'
import { startRestart, temporaryThings, expectClean, expectEachRestartedOnce } from '/work/main/test/support/fake-world/restart.ts'
const t=performance.now()
const world = new FakeWorld()
const before = temporaryThings(world.cluster.state)
const p = world.begin()
const end = await startRestart(p)
console.log(end, performance.now()-t, p.life.appends, (world.clock.monotonicMs()-Date.parse('2025-04-10T08:00:00Z'))/1000)
console.log(world.cluster.tally)
for (const r of await world.journal.read('run-1')) console.log(r.seq, r.at.slice(14), r.type, JSON.stringify({...r,details:undefined,fingerprint:undefined}).slice(0,220))
expectEachRestartedOnce(world); expectClean(world,before)
