// The Vagrantfile, read by the real Vagrant for each of its providers. Where VirtualBox or a Docker is not there, a program
// that only tells its version stands in for it: the file is validated then, nothing is booted.
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { expect } from 'chai'
import { execa } from 'execa'
import { readTable, tableFile } from '../../src/lab/hosts/table.ts'
import { findTool } from '../../src/lab/hosts/tools.ts'
import { makeDirectory } from '../unit/lab/fake-lab.ts'

const checkout = resolve(import.meta.dirname, '../..')

describe('the Vagrantfile', function () {
  this.timeout(120_000)
  const directory = makeDirectory()
  const copy = join(directory.path, 'copy')

  before(function () {
    if (findTool('vagrant') === undefined) {
      console.log('    skipped, the whole suite: vagrant is not installed (apt-get install vagrant)')
      this.skip()
    }
    for (const [name, answer] of Object.entries({ docker: '20.10', VBoxManage: '7.0.20r163906' })) {
      const tool = join(directory.path, name)
      writeFileSync(tool, `#!/bin/sh\necho ${answer}\n`)
      chmodSync(tool, 0o755)
    }
    mkdirSync(copy)
    cpSync(join(checkout, 'Vagrantfile'), join(copy, 'Vagrantfile'))
    cpSync(dirname(tableFile), join(copy, 'inventory/lab'), { recursive: true })
  })
  after(() => directory[Symbol.dispose]())

  const vagrant = async (args: readonly string[], env: Record<string, string>, cwd = copy) => {
    const own = {
      HOME: directory.path,
      VAGRANT_HOME: join(directory.path, 'home'),
      VAGRANT_CHECKPOINT_DISABLE: '1',
    }
    const path = {
      PATH: `${directory.path}:${process.env.PATH}`,
      VAGRANT_DOTFILE_PATH: join(directory.path, 'dot'),
    }
    const options = {
      cwd,
      env: { ...own, ...path, ...env },
      extendEnv: false,
      reject: false,
      all: true,
    } as const
    const { exitCode, all } = await execa('vagrant', args, options)
    return { exitCode, all }
  }
  const rewrite = (file: string, from: string | RegExp, to: string) => {
    const path = join(copy, file)
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, text.replace(from, to))
    return { [Symbol.dispose]: () => writeFileSync(path, text) }
  }

  for (const provider of ['docker', 'virtualbox', 'libvirt']) {
    it(`is valid for ${provider}`, async function () {
      const { exitCode, all } = await vagrant(['validate'], { VAGRANT_DEFAULT_PROVIDER: provider }, checkout)
      if (/provider '\S+' could not be found/.test(all)) {
        console.log(
          `    skipped: the plugin of ${provider} is not installed (apt-get install vagrant-${provider})`,
        )
        this.skip()
      }
      expect(all).to.include('validated successfully')
      expect(exitCode).to.equal(0)
    })
  }

  it('is refused where a provider has an option that there is not, so validating means something', async () => {
    using _ = rewrite('Vagrantfile', 'vb.cpus = 1', 'vb.cpus = 1; vb.processors = 1')
    const { exitCode, all } = await vagrant(['validate'], { VAGRANT_DEFAULT_PROVIDER: 'virtualbox' })
    expect(exitCode).not.to.equal(0)
    expect(all).to.include('processors')
  })

  it('has exactly the hosts of the table, or of LAB_LIMIT', async () => {
    const namesOf = async (env: Record<string, string>) => {
      const { all } = await vagrant(['status', '--machine-readable'], {
        VAGRANT_DEFAULT_PROVIDER: 'docker',
        ...env,
      })
      return [...all.matchAll(/^\d+,([^,]+),metadata,provider/gm)].map(([, name]) => name)
    }
    expect(await namesOf({})).to.deep.equal(readTable().map(host => host.name))
    expect(await namesOf({ LAB_LIMIT: 'vault, es-data02,es_master' })).to.have.members([
      'es-master01',
      'es-master02',
      'es-master03',
      'es-data02',
      'vault01',
    ])
  })

  it('refuses a limit that names nothing, and two hosts with one address', async () => {
    const env = { VAGRANT_DEFAULT_PROVIDER: 'docker' }
    const limited = await vagrant(['status'], { ...env, LAB_LIMIT: 'es-mastr' })
    expect(limited.exitCode).not.to.equal(0)
    expect(limited.all).to.include('es-mastr, which is no group or host')
    using _ = rewrite('inventory/lab/hosts.yml', '192.168.56.42', '192.168.56.41')
    const twins = await vagrant(['status'], env)
    expect(twins.exitCode).not.to.equal(0)
    expect(twins.all).to.include('kafka01 and kafka02 both have the address 192.168.56.41')
  })
})
