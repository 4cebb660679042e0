// Gates on the loss of all of Elasticsearch: there is something to come back from, and somebody who can form a cluster.
import { pass, refuse, refuseAny } from '#sdk'
import { explainVersion } from '../../restore/snapshots.ts'
import { textOf } from '../facts.ts'
import { type DrillGate, only, onNodes } from './gate.ts'

const applies = only('whole-cluster')

export const wholeClusterGates: readonly DrillGate[] = [
  {
    name: 'a_good_snapshot_with_its_manifest_exists',
    prevents: 'Losing everything with nothing to come back from, or with nothing to compare it with.',
    waivable: 'never',
    applies,
    check: onNodes(({ source: { problem, snapshot, manifest }, source, name }) => {
      if (problem !== null) return refuse(problem)
      if (snapshot === null)
        return refuse(`${source.asked.repository} holds no whole snapshot of ${name} that ops has taken`)
      if (snapshot.state !== 'SUCCESS' || snapshot.shards.failed > 0)
        return refuse(`${snapshot.name} is ${snapshot.state}, ${snapshot.shards.failed} shards failed`)
      if (manifest.manifest === null) return refuse(`${snapshot.name} has no manifest: ${manifest.text}`)
      const known = new Set(manifest.manifest.indices.map(({ index }) => index))
      return refuseAny(
        source.wanted.filter(index => !known.has(index)).map(index => `${index} is not in the manifest`),
        `${snapshot.name}, ${source.wanted.length} indices, manifest ${manifest.text}`,
      )
    }),
  },
  {
    name: 'snapshot_is_of_this_cluster',
    prevents: 'Coming back with the data of another cluster, or with what this version cannot read.',
    waivable: 'never',
    applies,
    check: onNodes(({ source: { snapshot, manifest, identity }, name }) => {
      if (snapshot === null || manifest.manifest === null) return refuse('there is no snapshot to look at')
      const { cluster } = manifest.manifest
      if (cluster.name !== name) return refuse(`${snapshot.name} was taken of ${cluster.name}`)
      const why = explainVersion(snapshot.version, identity.version)
      return why === null ? pass(`taken of ${name} by ${snapshot.version}`) : refuse(why)
    }),
  },
  {
    name: 'snapshot_holds_every_index',
    prevents: 'Indices that are gone for good because no snapshot has them.',
    waivable: 'reason',
    applies,
    check: onNodes(({ source, indices }) => {
      const held = new Set(source.snapshot?.indices ?? [])
      return refuseAny(
        indices.filter(({ name }) => !held.has(name)).map(({ name }) => `${name} is not in the snapshot`),
        `${indices.length} indices`,
      )
    }),
  },
  {
    name: 'repository_survives_the_loss',
    prevents: 'A repository that is only known to the cluster that is lost, or that nobody can find again.',
    waivable: 'never',
    applies,
    check: onNodes(({ source: { repositories, asked } }) => {
      const found = repositories.find(({ name }) => name === asked.repository)
      if (found === undefined) return refuse(`${asked.repository} is not registered`)
      if (found.readOnly)
        return refuse(`${found.name} is registered read-only, so nobody takes snapshots there`)
      if (found.type !== 'fs') return pass(`${found.name} is of the type ${found.type}`)
      const { location } = found.settings
      return location?.startsWith('/') === true
        ? pass(`${found.name} lies in ${location}`)
        : refuse(`nobody says where ${found.name} lies: its location is no absolute path`)
    }),
  },
  {
    name: 'a_lab_can_form_the_cluster_anew',
    prevents: 'Nodes without data that no command can make a cluster of.',
    waivable: 'never',
    applies,
    check: onNodes(({ hosts }) =>
      refuseAny(
        hosts
          .filter(
            ({ vars }) =>
              textOf(vars.service_manager) !== 'lab' ||
              !Array.isArray(vars.ops_lab_command) ||
              vars.ops_lab_command.length === 0,
          )
          .map(
            ({ name }) =>
              `${name} is no node of the embedded lab; only there one command forms a new cluster (ops lab rebuild)`,
          ),
        'the embedded lab does',
      ),
    ),
  },
]
