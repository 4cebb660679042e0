// Machines that come and go beside the nodes that a lab was made with.
import { existsSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { takeDown } from '../../../src/lab/down.ts'
import { renderSettings } from '../../../src/lab/elasticsearch/settings.ts'
import { renderInventory, writeInventory } from '../../../src/lab/inventory.ts'
import { keepOthers, type Listing } from '../../../src/lab/inventory-hosts.ts'
import {
  clientNodes,
  isStray,
  type LabNode,
  labNodes,
  nextAddress,
  nodesFor,
  nodesOf,
} from '../../../src/lab/layout.ts'
import { configureNode } from '../../../src/lab/nodes/configure-node.ts'
import { modelOf } from '../../../src/lab/nodes/new-node.ts'
import { forget, removeNode } from '../../../src/lab/nodes/remove-node.ts'
import { chooseNodesRoot } from '../../../src/lab/nodes-root.ts'
import { nodePaths } from '../../../src/lab/paths.ts'
import { findNode, startNode } from '../../../src/lab/service.ts'
import { findLab, type Lab, type LabState, requireLab, saveState } from '../../../src/lab/state.ts'
import { labStatus, renderStatus } from '../../../src/lab/status.ts'
import { makeDirectory, makeLab } from './fake-lab.ts'

const net = '127.0.9'
const late = { name: 'es-data06', like: 'es-data03', last: 34 }
const parts = { services: ['elasticsearch'], layout: 'full', net } as const
const namesOf = (nodes: readonly LabNode[]) => nodes.map(({ name }) => name)

describe('a machine that came later', () => {
  it('is a node like the one that it was made after, at an address of its own', () => {
    const node = labNodes({ ...parts, newcomers: [late] }).at(-1)
    expect(node).to.deep.include({ name: 'es-data06', address: '127.0.9.34', roles: ['data_warm'] })
    expect(node?.groups).to.deep.equal(['es_data_warm'])
  })

  it('gets a number that no node has or may get', () => {
    const nodes = labNodes({ ...parts, newcomers: [late] })
    const next = (name: string) => nextAddress(nodes.find(node => node.name === name) as LabNode, nodes)
    expect(next('es-data03')).to.equal(35)
    expect(next('es-master01')).to.equal(14)
    expect(next('es-coord01')).to.equal(43)
    // 31 to 33 are those of warm nodes, and 34 is taken.
    const more = Array.from({ length: 8 }, (_, index) => ({ ...late, name: `x${index}`, last: 23 + index }))
    const crowded = labNodes({ ...parts, newcomers: [late, ...more] })
    expect(nextAddress(crowded.find(({ name }) => name === 'es-data01') as LabNode, crowded)).to.equal(35)
  })

  it('is refused a name that is taken or none, and a model that is not there', () => {
    const lab = {
      nodes: labNodes({ ...parts, services: ['elasticsearch', 'kafka'], newcomers: [late] }),
      state: { newcomers: [late] } as unknown as LabState,
    }
    expect(modelOf(lab, { name: 'es-data07', like: 'es-data03' }).name).to.equal('es-data03')
    for (const [name, like] of [
      ['es-data06', 'es-data03'],
      ['es-data03', 'es-data03'],
      ['../x', 'es-data03'],
      ['es-data07', 'es-data09'],
      ['es-data07', 'es-data06'],
      ['kafka04', 'kafka01'],
    ] as const) {
      expect(() => modelOf(lab, { name, like }), name)
        .to.throw()
        .with.property('code', 'USAGE')
    }
  })

  it('may be set up wrongly, as it is asked for and not otherwise', () => {
    const nodes = nodesOf('full', net)
    const node = nodes[0] as LabNode
    const given = { node, nodes, dataDir: '/d', logsDir: '/l', backupDir: '/b', official: false }
    expect(renderSettings({ ...given, wrong: {} })).to.equal(renderSettings(given))
    const wrong = { seeds: ['10.0.0.1'], clusterName: 'other', initialMasters: ['es-data06'] }
    const text = renderSettings({ ...given, wrong })
    expect(text).to.include('cluster.name: other\n')
    expect(text).to.include('discovery.seed_hosts: ["10.0.0.1"]\n')
    expect(text).to.include('cluster.initial_master_nodes: ["es-data06"]\n')
  })

  it('is forgotten as a whole, and a node of the layout stays away', () => {
    const state = { newcomers: [late], strays: [] } as unknown as LabState
    expect(forget(state, 'es-data06')).to.deep.include({ newcomers: [], gone: [] })
    const left = forget(state, 'es-data05')
    expect(left).to.deep.include({ newcomers: [late], gone: ['es-data05'] })
    expect(namesOf(labNodes({ ...parts, ...left, ...parts })))
      .to.include('es-data06')
      .and.not.include('es-data05')
  })
})

describe('the inventory of a lab whose nodes come and go', () => {
  const rendered: Listing = {
    _meta: { hostvars: { one: { ansible_host: '1' }, two: { ansible_host: '2' } } },
    elasticsearch: { children: ['warm', 'hot'] },
    warm: { hosts: ['one', 'two'] },
    hot: { hosts: [] },
    all: { vars: { new: true } },
  }
  const former: Listing = {
    _meta: { hostvars: { one: { ansible_host: 'old' }, late: { ansible_host: '3', rack: 'r' } } },
    elasticsearch: { children: ['warm', 'hot'] },
    warm: { hosts: ['one', 'late'] },
    hot: { hosts: [] },
    theirs: { hosts: ['late'], vars: { x: 1 } },
    all: { vars: { old: true } },
  }

  it('keeps what was added as it stands, and everything of the lab as it is now', () => {
    const kept = keepOthers(rendered, former, ['one'])
    expect(kept._meta.hostvars).to.deep.equal({
      one: { ansible_host: '1' },
      two: { ansible_host: '2' },
      late: { ansible_host: '3', rack: 'r' },
    })
    expect(kept).to.deep.include({ warm: { hosts: ['one', 'two', 'late'] }, hot: { hosts: [] } })
    expect(kept).to.deep.include({
      theirs: { hosts: ['late'], vars: { x: 1 } },
      all: { vars: { new: true } },
    })
  })

  it('lets what was taken out stay away, and brings what is new', () => {
    const kept = keepOthers(rendered, former, ['one', 'two'])
    expect(Object.keys(kept._meta.hostvars)).to.deep.equal(['one', 'late'])
    expect(kept.warm).to.deep.equal({ hosts: ['one', 'late'] })
    expect(keepOthers(rendered, undefined, ['one', 'two'])).to.deep.equal(rendered)
  })

  it('says in which file hosts come and go', () => {
    using directory = makeDirectory()
    const lab = makeLab(directory.path, '')
    const inventory = renderInventory(lab, directory.path) as { all: { vars: Record<string, unknown> } }
    expect(inventory.all.vars).to.include({ ops_inventory_file: lab.paths.inventory })
  })
})

/** A lab of three nodes that run a script, and one that came later. */
function makeSmallLab(directory: string, script: string): { lab: Lab; stateDir: string } {
  const made = makeLab(directory, script)
  const stateDir = join(directory, 'state')
  const newcomers = [{ name: 'es-node04', like: 'es-node01', last: 54 }]
  saveState(made.paths, { ...made.state, clusterUuid: 'u', newcomers })
  const lab = requireLab(stateDir)
  for (const { name } of lab.nodes)
    for (const path of Object.values(nodePaths(lab.state.nodesRoot, name)))
      if (!path.endsWith('.log')) mkdirSync(path, { recursive: true })
  return { lab, stateDir }
}

/** As add-node writes it there. */
function addToInventory(lab: Lab, name: string): void {
  const listing = JSON.parse(readFileSync(lab.paths.inventory, 'utf8'))
  listing._meta.hostvars[name] = { ansible_host: lab.nodes.find(node => node.name === name)?.address }
  listing.es_master.hosts.push(name)
  writeFileSync(lab.paths.inventory, JSON.stringify(listing))
}

describe('a lab with a machine that came later', () => {
  it('starts and asks it only once the inventory has it, and no more when it was taken out', () => {
    using directory = makeDirectory()
    const { lab, stateDir } = makeSmallLab(directory.path, '')
    const members = () => namesOf(nodesFor(requireLab(stateDir).nodes, 'elasticsearch'))
    const three = ['es-node01', 'es-node02', 'es-node03']
    expect(members()).to.deep.equal(three)
    expect(lab.nodes.filter(isStray).map(({ name }) => name)).to.deep.equal(['es-node04'])

    writeInventory(lab, stateDir)
    expect(members()).to.deep.equal(three)
    addToInventory(lab, 'es-node04')
    expect(members()).to.deep.equal([...three, 'es-node04'])
    expect(namesOf(clientNodes(requireLab(stateDir).nodes))).to.include('es-node04')

    writeInventory(requireLab(stateDir), stateDir)
    expect(members(), 'after the lab has written it anew').to.deep.equal([...three, 'es-node04'])
    const listing = JSON.parse(readFileSync(lab.paths.inventory, 'utf8'))
    for (const name of ['es-node02', 'es-node04']) delete listing._meta.hostvars[name]
    writeFileSync(lab.paths.inventory, JSON.stringify(listing))
    writeInventory(requireLab(stateDir), stateDir)
    expect(members()).to.deep.equal(['es-node01', 'es-node03'])
  })

  it('shows it in its status as one of no inventory', async () => {
    using directory = makeDirectory()
    const { lab } = makeSmallLab(directory.path, '')
    const status = await labStatus(lab)
    const outside = status.nodes.filter(node => 'outside' in node)
    expect(outside).to.deep.equal([
      {
        ...{ name: 'es-node04', service: 'elasticsearch', address: '127.253.253.54', port: 9200 },
        ...{ pid: null, state: 'stopped', outside: true },
      },
    ])
    expect(renderStatus(status)).to.match(/es-node04 .* stopped +in no inventory$/m)
  })

  it('configures a node once, says whether it has read that, and refuses a cluster without a master', async () => {
    using directory = makeDirectory()
    const { lab, stateDir } = makeSmallLab(directory.path, 'sleep 600')
    const { config } = nodePaths(lab.state.nodesRoot, 'es-node04')
    const file = join(config, 'elasticsearch.yml')
    writeFileSync(file, '')
    layOutBefore(lab, config)
    const configure = (...members: string[]) =>
      configureNode(stateDir, 'es-node04', members.length > 0 ? members : undefined)
    expect(await configure()).to.deep.equal({ name: 'es-node04', changed: true, needsRestart: false })
    expect(readFileSync(file, 'utf8')).to.include('["127.253.253.51","127.253.253.52","127.253.253.53"]')
    expect(await configure()).to.include({ changed: false })

    const node = lab.nodes.find(({ name }) => name === 'es-node04') as LabNode
    await startNode(lab, node)
    const began = statSync(join(lab.paths.run, 'es-node04.json')).mtimeMs / 1000
    utimesSync(file, began - 60, began - 60)
    expect(await configure()).to.deep.include({ changed: false, needsRestart: false })
    expect(await configure('es-node01', 'es-node04')).to.deep.include({ changed: true, needsRestart: true })
    expect(readFileSync(file, 'utf8')).to.include('["127.253.253.51","127.253.253.54"]')
    expect(await removeNode(stateDir, 'es-node04')).to.deep.equal({ name: 'es-node04', changed: true })
  })

  it('ends and removes it, and only that one', async () => {
    using directory = makeDirectory()
    const { lab, stateDir } = makeSmallLab(directory.path, 'sleep 600')
    const node = lab.nodes.find(({ name }) => name === 'es-node04') as LabNode
    const { root } = nodePaths(lab.state.nodesRoot, 'es-node04')
    await startNode(lab, node)
    expect(findNode(lab, node)).not.to.equal(undefined)
    await removeNode(stateDir, 'es-node04')
    expect(findNode(lab, node)).to.equal(undefined)
    expect(existsSync(root)).to.equal(false)
    expect(findLab(stateDir)?.state.newcomers).to.deep.equal([])

    expect(await removeNode(stateDir, 'es-node03')).to.include({ changed: true })
    expect(await removeNode(stateDir, 'es-node03')).to.include({ changed: false })
    expect(namesOf(requireLab(stateDir).nodes)).to.deep.equal(['es-node01', 'es-node02'])
    const error = await removeNode(stateDir, 'es-data99').catch(thrown => thrown)
    expect(error).to.have.property('code', 'USAGE')
  })
})

describe('taking down a lab whose state cannot be read', () => {
  it('ends a machine that came later as well', async () => {
    using directory = makeDirectory()
    const stateDir = join(directory.path, 'state')
    const { state, paths } = makeLab(directory.path, 'sleep 600')
    const newcomers = [{ name: 'es-node04', like: 'es-node01', last: 54 }]
    saveState(paths, { ...state, nodesRoot: chooseNodesRoot(stateDir), newcomers })
    const lab = requireLab(stateDir)
    const node = lab.nodes.at(-1) as LabNode
    for (const path of ['logs', 'tmp'] as const)
      mkdirSync(nodePaths(lab.state.nodesRoot, node.name)[path], { recursive: true })
    await startNode(lab, node)
    writeFileSync(paths.state, 'torn')
    expect(await takeDown(stateDir, () => {})).to.equal(true)
    expect(findNode(lab, node)).to.equal(undefined)
    expect(existsSync(paths.root)).to.equal(false)
  })
})

/** A node whose directories are there already, so that no tool has to make a store for it. */
function layOutBefore(lab: Lab, config: string): void {
  writeFileSync(join(config, 'elasticsearch.keystore'), '')
  const shared = join(lab.state.nodesRoot, 'keystore')
  mkdirSync(shared, { recursive: true })
  writeFileSync(join(shared, 'done'), '')
  mkdirSync(lab.paths.ca, { recursive: true })
  for (const name of ['ca.crt', 'trust.p12']) writeFileSync(join(lab.paths.ca, name), '')
}
