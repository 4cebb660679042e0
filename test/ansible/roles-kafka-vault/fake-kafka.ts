// Kafka's tools as a script that remembers topics and users in files, and a port that answers. Whatever it was told is kept.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'

const topicsTool = `#!/usr/bin/env python3
import json, os, sys
here, args = os.path.dirname(os.path.abspath(__file__)), sys.argv[1:]
open(here + '/told', 'a').write(' '.join([os.path.basename(sys.argv[0])] + args) + '\\n')
path = here + '/topics.json'
topics = json.load(open(path)) if os.path.exists(path) else {}
value = lambda name: args[args.index(name) + 1]
if '--create' in args:
    settings = ','.join(args[i + 1] for i, arg in enumerate(args) if arg == '--config')
    topics[value('--topic')] = [value('--partitions'), value('--replication-factor'), settings]
    json.dump(topics, open(path, 'w'))
for name, (partitions, copies, settings) in topics.items() if '--describe' in args else []:
    print('Topic: %s\\tTopicId: x\\tPartitionCount: %s\\tReplicationFactor: %s\\tConfigs: %s' % (name, partitions, copies, settings))
    print('\\tTopic: %s\\tPartition: 0\\tLeader: 1\\tReplicas: 1,2\\tIsr: 1,2' % name)
`
const usersTool = `#!/usr/bin/env python3
import os, sys
here, args = os.path.dirname(os.path.abspath(__file__)), sys.argv[1:]
open(here + '/told', 'a').write(' '.join([os.path.basename(sys.argv[0])] + args) + '\\n')
value = lambda name: args[args.index(name) + 1]
if '--alter' in args:
    file = value('--add-config-file')
    open(here + '/users', 'a').write('%s %o %s' % (value('--entity-name'), os.stat(file).st_mode & 0o777, open(file).read()))
elif os.path.exists(here + '/users'):
    for line in open(here + '/users'):
        print("SCRAM credential configs for user-principal '%s' are SCRAM-SHA-512=iterations=4096" % line.split()[0])
`

export interface FakeKafka extends AsyncDisposable {
  readonly home: string
  readonly server: string
  told(): string
  users(): string
}

export async function openFakeKafka(folder: string): Promise<FakeKafka> {
  const home = join(folder, 'kafka')
  const bin = join(home, 'bin')
  mkdirSync(bin, { recursive: true })
  writeFileSync(join(bin, 'kafka-topics.sh'), topicsTool, { mode: 0o755 })
  writeFileSync(join(bin, 'kafka-configs.sh'), usersTool, { mode: 0o755 })
  const port = createServer(socket => socket.end())
  await new Promise<void>(resolve => port.listen(0, '127.0.0.1', resolve))
  const address = port.address()
  const read = (name: string): string => {
    try {
      return readFileSync(join(bin, name), 'utf8')
    } catch {
      return ''
    }
  }
  return {
    home,
    server: `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    told: () => read('told'),
    users: () => read('users'),
    [Symbol.asyncDispose]: () => new Promise(resolve => port.close(() => resolve())),
  }
}
