// Faults that last until they are undone, in one table: what does the harm and what takes it back. Each is only ever done to
// the container of a host of this lab, never to the machine.
import { dockerOf } from '../docker.ts'
import { runOnHost } from '../on-host.ts'
import { serviceOf } from '../services.ts'
import type { HostsLab, HostsState } from '../state.ts'

export interface Target {
  readonly lab: HostsLab
  readonly host: HostsState['hosts'][number]
  /** For a fault of a directory. */
  readonly directory?: string | undefined
}

interface LastingFault {
  readonly description: string
  readonly done: string
  readonly undone: string
  cause(target: Target): Promise<unknown>
  undo(target: Target): Promise<unknown>
}

export const lastingFaults = {
  disconnect: {
    description: 'take the host off the network: nothing reaches it, its services go on',
    done: 'is off the network',
    undone: 'is on the network again',
    cause: ({ lab, host }) => docker(lab, ['network', 'disconnect', networkOf(lab), host.name]),
    undo: ({ lab, host }) =>
      docker(lab, ['network', 'connect', '--ip', host.address, networkOf(lab), host.name]),
  },
  pause: {
    description: 'halt the host in the middle of everything: connections hang',
    done: 'is paused',
    undone: 'goes on',
    cause: ({ lab, host }) => docker(lab, ['pause', host.name]),
    undo: ({ lab, host }) => docker(lab, ['unpause', host.name]),
  },
  'disk-full': {
    description: 'put a small full filesystem where the service writes its logs, or on a directory',
    done: 'has no space left',
    undone: 'has space again',
    cause: target => runOnHost(target.lab, target.host.name, mountFull, [directoryOf(target)], 60_000),
    undo: target => runOnHost(target.lab, target.host.name, unmountFull, [directoryOf(target)], 60_000),
  },
  'no-sudo': {
    description: 'let sudo ask for a password',
    done: 'refuses sudo without a password',
    undone: 'lets sudo through again',
    // sudo passes over names with a dot.
    cause: ({ lab, host }) => move(lab, host.name, '/etc/sudoers.d/vagrant', '/etc/sudoers.d/vagrant.off'),
    undo: ({ lab, host }) => move(lab, host.name, '/etc/sudoers.d/vagrant.off', '/etc/sudoers.d/vagrant'),
  },
  'no-python': {
    description: 'take /usr/bin/python3 away',
    done: 'has no python3',
    undone: 'has python3 again',
    cause: ({ lab, host }) => move(lab, host.name, '/usr/bin/python3', '/usr/bin/python3.off'),
    undo: ({ lab, host }) => move(lab, host.name, '/usr/bin/python3.off', '/usr/bin/python3'),
  },
} as const satisfies Record<string, LastingFault>
export type LastingFaultName = keyof typeof lastingFaults

/** Where a service writes its log: it fills up first, and nothing of value is hidden by the small filesystem. */
export const directoryOf = ({ host, directory }: Target): string =>
  directory ?? `/var/log/${serviceOf(host).unit ?? 'lab'}`

const networkOf = ({ state }: HostsLab): string => state.network ?? ''

const docker = (lab: HostsLab, args: readonly string[]): Promise<string> => dockerOf(lab).ask(args)

/** What is there is copied in first, so that a service finds its files; the filler takes the rest. */
const mountFull = `set -e
grep -q "^ops-lab-full $1 " /proc/mounts && exit 0
mkdir -p "$1"
used=$(du -sk "$1" | cut -f1)
[ "$used" -le 262144 ] || { echo "$1 holds more than 256 MiB" >&2; exit 1; }
mount -t tmpfs -o "size=$((used + 1024))k,mode=0755" ops-lab-full /mnt
trap 'umount /mnt' EXIT
cp -a "$1/." /mnt/
chown --reference="$1" /mnt && chmod --reference="$1" /mnt
dd if=/dev/zero of=/mnt/ops-lab-filler bs=4k 2>/dev/null || true
mount --bind /mnt "$1"`

const unmountFull = `while grep -q "^ops-lab-full $1 " /proc/mounts; do umount --lazy "$1" || exit 1; done`

const move = (lab: HostsLab, name: string, from: string, to: string): Promise<string> =>
  runOnHost(lab, name, '[ ! -e "$1" ] && [ -e "$2" ] || mv "$1" "$2"', [from, to])
