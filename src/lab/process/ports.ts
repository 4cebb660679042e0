// Which addresses are open and, where one is taken by somebody else, by whom.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { connect } from 'node:net'

/** Whether anything accepts connections there. A frozen process still does: the kernel answers for it. */
export function isOpen(address: string, port: number, timeoutMs = 1000): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ host: address, port, timeout: timeoutMs })
    const say = (open: boolean) => {
      socket.destroy()
      resolve(open)
    }
    socket.once('connect', () => say(true))
    socket.once('error', () => say(false))
    socket.once('timeout', () => say(false))
  })
}

/** The process that listens on an address and port, as `name (process id)`; as well as one may look into it. */
export function whoListens(address: string, port: number): string {
  const inodes = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap(table =>
    listenersIn(readFileSync(table, 'utf8'), address, port),
  )
  for (const pid of readdirSync('/proc').filter(entry => /^\d+$/.test(entry))) {
    if (linksOf(`/proc/${pid}/fd`).some(link => inodes.some(inode => link === `socket:[${inode}]`))) {
      return `${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()} (process ${pid})`
    }
  }
  return 'a process of another user'
}

/** Inodes of the sockets in a /proc/net/tcp table that listen on a port of this address, or of every address. */
export function listenersIn(table: string, address: string, port: number): readonly string[] {
  const own = address
    .split('.')
    .map(part => Number(part).toString(16).padStart(2, '0'))
    .reverse()
    .join('')
    .toUpperCase()
  return table
    .split('\n')
    .map(line => line.trim().split(/\s+/))
    .filter(([, local = '', , state]) => {
      const [host = '', hexPort = ''] = local.split(':')
      const everywhere = /^0+$/.test(host)
      return state === '0A' && Number.parseInt(hexPort, 16) === port && (everywhere || host.endsWith(own))
    })
    .flatMap(fields => fields[9] ?? [])
}

function linksOf(directory: string): readonly string[] {
  try {
    return readdirSync(directory).map(entry => {
      try {
        return readlinkSync(`${directory}/${entry}`)
      } catch {
        return ''
      }
    })
  } catch {
    return []
  }
}
