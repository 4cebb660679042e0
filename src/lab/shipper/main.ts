// The lab's stand-in for Logstash: a process that reads raw-logs as a member of the group `logstash` and writes to Elasticsearch
// or to a file, at least once. It is started as a node of the lab with the path of its member.json, and ends on SIGTERM.
import { dirname, join } from 'node:path'
import { renderStats, zeroCounters } from './counters.ts'
import { serveStats } from './serve.ts'
import { readMember, readSettings } from './settings.ts'
import { openSink } from './sink.ts'
import { startThread } from './thread.ts'

const file = process.argv[2] ?? ''
const member = readMember(file)
const settings = readSettings(join(dirname(file), 'settings.json'))
const counters = zeroCounters()

const stopped = new Promise(resolve => process.once('SIGTERM', resolve).once('SIGINT', resolve))
{
  using sink = openSink(member, counters)
  const server = await serveStats(member.address, member.port, () => renderStats(member, settings, counters))
  const parts = { member, settings, sink, counters }
  const threads = Array.from({ length: settings.consumer_threads }, (_, number) => startThread(number, parts))
  console.error(`${member.name}: ${threads.length} threads, ${settings.auto_offset_reset}`)
  await stopped
  await Promise.all(threads.map(thread => thread.stop()))
  server.close()
  server.closeAllConnections()
}
console.error(`${member.name}: ${counters.in} read, ${counters.out} written`)
