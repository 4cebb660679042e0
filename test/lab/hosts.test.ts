// The lab of hosts itself: three real hosts with systemd and ssh, made by Vagrant on Docker, reached by the real Ansible. One
// lab for all: the cases follow each other. Where no Docker can be started the suite says why and is skipped as a whole.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join, resolve } from 'node:path'
import { expect } from 'chai'
import { execa } from 'execa'
import { listContainers } from '../../src/lab/hosts/containers.ts'
import { dockerOf } from '../../src/lab/hosts/docker.ts'
import { findDaemon, findDockerd } from '../../src/lab/hosts/dockerd.ts'
import { takeHostsDown } from '../../src/lab/hosts/down.ts'
import { killService, listHostFaults, rebootHost, setFault } from '../../src/lab/hosts/faults/faults.ts'
import type { LastingFaultName } from '../../src/lab/hosts/faults/lasting.ts'
import { lowSettings } from '../../src/lab/hosts/kernel.ts'
import { newHost } from '../../src/lab/hosts/new-host.ts'
import { runOnHost, tryOnHost } from '../../src/lab/hosts/on-host.ts'
import { readRules } from '../../src/lab/hosts/packet-rules.ts'
import { removeHost } from '../../src/lab/hosts/remove-host.ts'
import { greets } from '../../src/lab/hosts/start-hosts.ts'
import { type HostsLab, requireHosts } from '../../src/lab/hosts/state.ts'
import { hostsStatus } from '../../src/lab/hosts/status.ts'
import { askUnit } from '../../src/lab/hosts/units.ts'
import { bringHostsUp } from '../../src/lab/hosts/up.ts'
import { findVagrant } from '../../src/lab/hosts/vagrant.ts'
import { whyNoDocker } from '../../src/lab/hosts/why-no-docker.ts'
import { waitFor } from '../../src/lab/wait.ts'
import { makeDirectory } from '../unit/lab/fake-lab.ts'

const checkout = resolve(import.meta.dirname, '../..')
const only = ['es-data01', 'es-data02', 'logstash01']
const target = 'es-data01'
const address = '192.168.56.21'

describe('the lab of hosts', function () {
  this.timeout(600_000)
  const directory = makeDirectory()
  const stateDir = directory.path
  let lab: HostsLab
  let untouched: Awaited<ReturnType<typeof lookAtMachine>>

  const up = () => bringHostsUp({ stateDir, only, talk: () => {} })
  const fault = (name: LastingFaultName, off = false, at?: string) =>
    setFault(lab, { name, host: target, off, directory: at })
  const stateOf = async (name: string) =>
    (await hostsStatus(lab)).nodes.find(node => node.name === name)?.state
  const containers = () => listContainers(dockerOf(lab), lab)

  /**
   * What Ansible says of each host: `SUCCESS`, `UNREACHABLE!` or `FAILED!`, and all of its words. A host that hangs is waited for in vain for
   * all of the limit; one that is only slow has begun to speak by then.
   */
  async function ping(
    pattern: string,
    limitSeconds = 30,
  ): Promise<{ verdicts: Record<string, string>; text: string }> {
    const ansible = join(checkout, '.venv/bin/ansible')
    const options = { PATH: `${join(checkout, '.venv/bin')}:${process.env.PATH}`, ANSIBLE_NOCOLOR: '1' }
    const own = {
      OPS_STATE: stateDir,
      ANSIBLE_HOME: join(stateDir, 'ansible'),
      ANSIBLE_SSH_TIMEOUT: String(limitSeconds),
    }
    // No connection that is kept open: each look is one of its own.
    const env = { ...options, ...own, ANSIBLE_SSH_ARGS: '-o ControlMaster=no' }
    const args = ['-i', 'inventory/lab', pattern, '-m', 'ansible.builtin.ping']
    const { all = '' } = await execa(ansible, args, {
      cwd: checkout,
      env,
      reject: false,
      all: true,
      timeout: 120_000,
    })
    const lines = [...all.matchAll(/^(\S+) \| (SUCCESS|UNREACHABLE!|FAILED!)/gm)]
    return {
      verdicts: Object.fromEntries(lines.map(([, host = '', verdict = '']) => [host, verdict])),
      text: all,
    }
  }

  before(async function () {
    const why = whyNoDocker()
    if (why !== null) {
      console.log(`    skipped, the whole suite: ${why}`)
      this.skip()
    }
    untouched = await lookAtMachine()
    lab = await up()
  })
  after(async () => {
    await takeHostsDown(stateDir, () => {})
    directory[Symbol.dispose]()
  })

  it('is up: three hosts that Ansible logs in to, and becomes root on', async () => {
    expect((await ping('lab_up')).verdicts).to.deep.equal(
      Object.fromEntries(only.map(name => [name, 'SUCCESS'])),
    )
    const { nodes } = await hostsStatus(lab)
    expect(nodes.map(({ name, state }) => `${name} ${state}`)).to.deep.equal([
      'es-data01 not installed',
      'es-data02 not installed',
      'logstash01 up',
    ])
  })

  it('is a machine to whoever looks at it from inside', async () => {
    // Its boot may go on after it lets us in.
    const say = (script: string) => runOnHost(lab, target, script, [], 120_000)
    expect(await say('systemctl is-system-running --wait')).to.equal('running')
    expect(await say('hostname; cat /etc/hostname')).to.equal(`${target}\n${target}`)
    expect(await say('getent hosts kafka01')).to.include('192.168.56.41')
    expect(await say('ip -4 -o addr show')).to.include(`${address}/24`)
    expect(await say('cat /proc/sys/vm/max_map_count')).to.equal('262144')
    expect(
      await say('echo 127.0.0.9 me >>/etc/hosts && mv /etc/hosts /etc/h && mv /etc/h /etc/hosts && echo ok'),
    ).to.equal('ok')
  })

  it('gives its Elasticsearch hosts one directory for snapshots, which belongs to their user', async () => {
    await runOnHost(
      lab,
      'es-data02',
      'setpriv --reuid=9200 --regid=9200 --clear-groups touch /mnt/backups/elk/here',
    )
    expect(await runOnHost(lab, target, 'ls /mnt/backups/elk')).to.equal('here')
    expect((await tryOnHost(lab, 'logstash01', 'ls /mnt/backups/elk')).exitCode).to.equal(2)
  })

  it('keeps its secrets to its owner and names no other user', () => {
    for (const file of [lab.paths.key, lab.paths.state, join(lab.paths.secrets, 'ops.password')]) {
      expect(statSync(file).mode & 0o777, file).to.equal(0o600)
    }
    expect(statSync(lab.paths.root).mode & 0o777).to.equal(0o700)
  })

  it('has the archive that its hosts need, with its checksum, and no other', async () => {
    const { all } = JSON.parse(readFileSync(lab.paths.inventory, 'utf8'))
    const { stdout } = await execa('sha256sum', [all.vars.elasticsearch_archive])
    expect(all.vars.elasticsearch_archive_checksum).to.equal(`sha256:${stdout.split(' ')[0]}`)
    expect(all.vars).not.to.have.property('kafka_archive')
  })

  it('changes nothing when brought up again', async () => {
    const ids = async () =>
      [...(await containers()).values()].map(({ id, startedAt }) => `${id} ${startedAt}`)
    const first = await ids()
    await up()
    expect(await ids()).to.deep.equal(first)
  })

  it('makes again what is missing, and nothing else', async () => {
    const old = await containers()
    await dockerOf(lab).ask(['rm', '-f', '-v', 'logstash01'])
    expect(await stateOf('logstash01')).to.equal('absent')
    await up()
    const now = await containers()
    expect(now.get(target)).to.deep.equal(old.get(target))
    expect(now.get('logstash01')?.id).not.to.equal(old.get('logstash01')?.id)
    expect((await ping('logstash01')).verdicts).to.deep.equal({ logstash01: 'SUCCESS' })
  })

  it('gets one more host that no inventory has, and takes it away again', async () => {
    const made = await newHost(stateDir, { name: 'es-data06', like: target }, () => {})
    expect(made).to.deep.include({ address: '192.168.56.26', groups: ['elasticsearch', 'es_data_hot'] })
    expect(await greets(made.address, 30_000)).to.equal(true)
    expect(await runOnHost(requireHosts(stateDir), made.name, 'ls -d /mnt/backups/elk')).to.include('elk')
    expect((await ping('lab_up')).text).not.to.include(made.name)
    expect(await removeHost(stateDir, made.name)).to.deep.equal({ name: made.name, changed: true })
    expect([...(await containers()).keys()].sort()).to.deep.equal([...only].sort())
    expect(await greets(made.address, 500)).to.equal(false)
  })

  it('takes a host off the network, and gives its address back', async () => {
    await fault('disconnect')
    expect(await stateOf(target)).to.equal('disconnected')
    expect((await ping('lab_up')).verdicts).to.include({ [target]: 'UNREACHABLE!', 'es-data02': 'SUCCESS' })
    await fault('disconnect', true)
    expect((await ping(target)).verdicts).to.deep.equal({ [target]: 'SUCCESS' })
  })

  it('halts a host: its port is open and ssh hangs', async () => {
    await fault('pause')
    expect(await stateOf(target)).to.equal('paused')
    expect(await greets(address, 500)).to.equal(false)
    expect((await ping(target, 5)).verdicts).to.deep.equal({ [target]: 'UNREACHABLE!' })
    await fault('pause', true)
    expect((await ping(target)).verdicts).to.deep.equal({ [target]: 'SUCCESS' })
  })

  it('reboots a host: it is another boot of the same host', async () => {
    const boot = () => runOnHost(lab, target, 'cat /etc/machine-id; systemctl show -P UserspaceTimestamp')
    const first = (await boot()).split('\n')
    await rebootHost(lab, target)
    const second = (await boot()).split('\n')
    expect(second[0]).to.equal(first[0])
    expect(second[1]).not.to.equal(first[1])
    expect((await ping(target)).verdicts).to.deep.equal({ [target]: 'SUCCESS' })
    expect(await runOnHost(lab, target, 'grep -c 127.0.0.9 /etc/hosts')).to.equal('1')
  })

  it("kills a service's process, and systemd starts it again", async () => {
    await runOnHost(
      lab,
      target,
      `printf '[Service]\\nExecStart=/bin/sleep infinity\\nRestart=on-failure\\n' >/etc/systemd/system/elasticsearch.service
       systemctl daemon-reload && systemctl start elasticsearch`,
    )
    const pid = async () => (await askUnit(lab, target, 'elasticsearch'))?.pid ?? 0
    const first = await pid()
    await killService(lab, target)
    await waitFor({
      stallMs: 60_000,
      look: async () => {
        const now = await pid()
        return now > 0 && now !== first ? { result: true } : { progress: String(now) }
      },
      onStall: () => new Error('it was not started again') as never,
    })
    expect(await stateOf(target)).to.equal('starting')
  })

  it('fills a small filesystem where the service logs, and never the disk of the machine', async () => {
    const write = () =>
      tryOnHost(lab, target, 'dd if=/dev/zero of=/var/log/elasticsearch/more bs=64k count=1')
    await runOnHost(lab, target, 'mkdir -p /var/log/elasticsearch && echo old >/var/log/elasticsearch/old')
    await fault('disk-full')
    expect((await write()).stderr).to.include('No space left on device')
    expect(await runOnHost(lab, target, 'cat /var/log/elasticsearch/old')).to.equal('old')
    expect(await runOnHost(lab, target, 'df --output=size -k /var/log/elasticsearch | tail -1')).to.match(
      /^ *\d{1,4}$/,
    )
    await fault('disk-full', true)
    expect((await write()).exitCode).to.equal(0)
  })

  it('refuses sudo, and lets it through again', async () => {
    await fault('no-sudo')
    const { verdicts, text } = await ping(target)
    expect(verdicts).to.deep.equal({ [target]: 'FAILED!' })
    expect(text).to.match(/sudo/i)
    await fault('no-sudo', true)
    expect((await ping(target)).verdicts).to.deep.equal({ [target]: 'SUCCESS' })
  })

  it('takes Python away, and gives it back', async () => {
    await fault('no-python')
    const { verdicts, text } = await ping(target)
    expect(verdicts).to.deep.equal({ [target]: 'FAILED!' })
    expect(text).to.include('/usr/bin/python3')
    await fault('no-python', true)
    expect((await ping(target)).verdicts).to.deep.equal({ [target]: 'SUCCESS' })
    expect(listHostFaults(lab)).to.deep.equal([])
  })

  it('is refused by Ansible when a host shows another key than the lab gave it', async () => {
    const key = '/etc/ssh/ssh_host_ed25519_key'
    await runOnHost(
      lab,
      target,
      `cp -a ${key} ${key}.was && rm ${key} && ssh-keygen -q -t ed25519 -N '' -f ${key} && systemctl restart ssh`,
    )
    const { verdicts, text } = await ping(target)
    expect(verdicts).to.deep.equal({ [target]: 'UNREACHABLE!' })
    expect(text).to.match(/host key verification failed|identification has changed/i)
    await runOnHost(lab, target, `mv ${key}.was ${key} && systemctl restart ssh`)
    expect((await ping(target)).verdicts).to.deep.equal({ [target]: 'SUCCESS' })
  })

  it("comes back after the lab's own Docker was killed", async () => {
    if (lab.state.machine.docker === undefined) return // the machine's own Docker is not ours to kill
    const daemon = findDaemon(lab.paths)
    if (!daemon) throw new Error('it is not running')
    process.kill(daemon.pid, 'SIGKILL')
    lab = await up()
    expect((await ping('lab_up')).verdicts).to.deep.equal(
      Object.fromEntries(only.map(name => [name, 'SUCCESS'])),
    )
  })

  it('is taken down while a fault lasts, and leaves nothing: no process, bridge, route, rule, setting, file', async () => {
    await fault('pause')
    await setFault(lab, { name: 'disconnect', host: 'es-data02' })
    expect(await takeHostsDown(stateDir, () => {})).to.equal(true)
    expect(findDockerd(lab.paths)).to.deep.equal([])
    expect(existsSync(lab.paths.root)).to.equal(false)
    expect(readFileSync('/proc/self/mounts', 'utf8')).not.to.include(stateDir)
    expect(await lookAtMachine()).to.deep.equal(untouched)
    expect(await takeHostsDown(stateDir, () => {})).to.equal(false)
  })

  it('is taken down half made, too: ops was killed while Vagrant was at work', async () => {
    const args = ['--state', stateDir, 'lab', 'up', '--hosts', 'vagrant', '--only', 'es-data02,logstash01']
    const child = execa(join(checkout, 'ops'), args, { reject: false, stdin: 'ignore' })
    child.stderr.on('data', chunk => {
      if (String(chunk).includes('starting 2 hosts')) setTimeout(() => child.kill('SIGKILL'), 1500)
    })
    expect((await child).signal).to.equal('SIGKILL')
    expect(await takeHostsDown(stateDir, () => {})).to.equal(true)
    expect(findDockerd(lab.paths)).to.deep.equal([])
    expect(findVagrant(lab.paths)).to.deep.equal([])
    expect(existsSync(lab.paths.root)).to.equal(false)
    expect(await lookAtMachine()).to.deep.equal(untouched)
  })
})

/** What the lab changes on the machine while it is up. */
async function lookAtMachine() {
  const { stdout: routes } = await execa('ip', ['route', 'show', 'type', 'unreachable'])
  return {
    interfaces: Object.keys(networkInterfaces()).sort(),
    routes,
    rules: await readRules(),
    low: Object.keys(lowSettings()),
  }
}
