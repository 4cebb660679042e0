// Cases of the gates on the nodes.
import { casesOf, type GateCase, item, named } from './case.ts'

const version = casesOf('all_nodes_run_one_version')
const names = casesOf('node_names_are_unique')
const plugins = casesOf('plugins_match_within_a_tier')
const disks = casesOf('disks_are_below_the_low_watermark')
const blocked = casesOf('no_index_is_blocked_by_a_full_disk')
const heap = casesOf('heap_has_room')
const rejecting = casesOf('no_node_is_rejecting_work')
const load = casesOf('remaining_nodes_can_carry_the_load')
const hosts = casesOf('hosts_would_let_the_node_come_back')

const gib = 2 ** 30

export const nodeCases: readonly GateCase[] = [
  version.passes('all run the same', /^all run 8\.19\.21$/),
  version.refuses('one runs another', /^versions: 8\.19\.21, 8\.20\.0$/, ({ nodes }) => {
    item(nodes).version = '8.20.0'
  }),

  names.passes('no name is used twice', /^10 names$/),
  names.refuses('two nodes have one name', /^two nodes are called es-data01$/, ({ nodes }) => {
    named(nodes, 'es-data02').name = 'es-data01'
  }),

  plugins.passes('tiers differ and nodes of a tier do not', /same plugins/, ({ nodes }) => {
    for (const node of nodes.filter(({ name }) => name.startsWith('es-master')))
      node.plugins = ['icu@8.19.21']
  }),
  plugins.refuses(
    'a node of a tier lacks one',
    /warm: es-data03: icu@1 \/ es-data04, es-data05: none/,
    facts => {
      named(facts.nodes, 'es-data03').plugins = ['icu@1']
    },
  ),

  disks.passes('every disk has room', /^5 data nodes below the low watermark \(85%\)$/),
  disks.passes('the largest headroom is less than the share', /below/, ({ disk }) => {
    Object.assign(item(disk), { totalBytes: 10_000 * gib, availableBytes: 201 * gib })
  }),
  disks.refuses('one disk has less than 15 % free', /^es-data01 has 14 % free$/, ({ disk }) => {
    item(disk).availableBytes = 140 * gib
  }),
  disks.refuses('the watermark is a size', /es-data03 has 5 % free/, ({ disk, watermarks }) => {
    watermarks.low = '60gb'
    item(disk, 2).availableBytes = 50 * gib
  }),
  disks.refuses('the watermarks are switched off', /switched off/, ({ watermarks }) => {
    watermarks.enabled = false
  }),
  disks.refuses('the watermark cannot be read', /es-data01 has 60 % free/, ({ watermarks }) => {
    watermarks.low = 'plenty'
  }),
  disks.refuses('a data node does not say how full it is', /^es-data05 does not say/, ({ disk }) => {
    disk.pop()
  }),

  blocked.passes('an index is read-only by choice', /no flood-stage block/, ({ counts }) => {
    item(counts).blocks = ['write']
  }),
  blocked.refuses('the flood stage has blocked one', /^\.security-7 is blocked$/, ({ counts }) => {
    item(counts).blocks = ['read_only_allow_delete']
  }),

  heap.passes('a heap was high once', /^highest heap use 93 %$/, ({ pressure: [, later] }) => {
    item(later).heapPercent = 93
  }),
  heap.refuses(
    'a heap is high in both readings',
    /es-master01 uses 93 %/,
    ({ pressure: [earlier, later] }) => {
      item(earlier).heapPercent = 90
      item(later).heapPercent = 93
    },
  ),
  heap.refuses('a node does not answer', /es-coord02 does not say/, ({ pressure: [, later] }) => {
    later.pop()
  }),

  rejecting.passes('old rejections do not grow', /no rejection/),
  rejecting.passes('a node has restarted and counts anew', /no rejection/, ({ pressure: [, later] }) => {
    item(later).writeRejected = 0
  }),
  ...(['writeRejected', 'searchRejected', 'indexingPressureRejected', 'parentBreakerTrips'] as const).map(
    counter =>
      rejecting.refuses(
        `${counter} grows`,
        new RegExp(`^es-master01: ${counter} grew by 4$`),
        ({ pressure: [, later] }) => {
          item(later)[counter] += 4
        },
      ),
  ),
  rejecting.refuses('a node does not answer', /es-coord02 does not say/, ({ pressure: [, later] }) => {
    later.pop()
  }),

  load.passes('every tier is bored', /leaves room/),
  load.passes('a busy tier is not restarted', /leaves room/, facts => {
    facts.targets = ['es-coord01']
    for (const one of facts.pressure[1].filter(({ node }) => node.startsWith('es-data'))) one.cpuPercent = 80
  }),
  load.refuses('one of two hot nodes would do the work of both', /100 % CPU when 1 is away/, facts => {
    for (const one of facts.pressure[1].filter(({ node }) => /es-data0[12]/.test(node))) one.cpuPercent = 50
  }),
  load.refuses('two of three may go', /es-data03, es-data04, es-data05: 90 % CPU when 2/, {
    params: { maxUnavailable: '2' },
    change: ({ pressure: [, later] }) => {
      for (const one of later.filter(({ node }) => /es-data0[345]/.test(node))) one.cpuPercent = 30
    },
  }),
  load.refuses('a node does not answer', /es-coord02 does not say/, ({ pressure: [, later] }) => {
    later.pop()
  }),

  hosts.passes(
    'there are only warnings',
    /^10 hosts checked; warnings: es-master01: swap is on$/,
    ({ lint }) => {
      item(lint).warnings = ['swap is on']
    },
  ),
  hosts.refuses('a certificate has run out', /^es-data01: certificate ended$/, ({ lint }) => {
    item(lint, 3).errors = ['certificate ended']
  }),
  hosts.refuses('a host was not checked', /^es-coord02 was not checked$/, ({ lint }) => {
    lint.pop()
  }),
]
