#!/usr/bin/python
"""Looks for everything that a host lacks before anything is installed on it. It changes nothing and stops at no fault."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ops_preflight
short_description: Finds what a host lacks
options:
  systems: {type: list, elements: str, default: [], description: [Distributions that are known to do; empty is not judged]}
  memory_mib: {type: int, default: 0, description: [Least memory]}
  free_mib: {type: dict, default: {}, description: [Least free space by directory]}
  open_files: {type: int, default: 0, description: [Least hard limit of open files]}
  max_map_count: {type: int, default: 0, description: [Least vm.max_map_count in a container; elsewhere it can be set]}
  swap: {type: bool, default: false, description: [Whether the host may swap]}
  ports:
    type: list
    elements: dict
    default: []
    description: [Ports that only a unit may hold]
    suboptions:
      unit: {type: str, required: true, description: [systemd unit]}
      port: {type: int, required: true, description: [Port]}
  peers: {type: dict, default: {}, description: [Address of every host that has to be reached, by its name]}
  peer_port: {type: int, default: 22, description: [Port that answers on all of them]}
  names_follow: {type: bool, default: true, description: [A name that does not resolve yet is no fault]}
author: [ops]
"""

EXAMPLES = r"""
- name: Look for what the host lacks
  ops_preflight:
    memory_mib: 2048
    ports: [{unit: elasticsearch, port: 9200}]
"""

RETURN = r"""
faults:
  description: What the host lacks, each with a remedy.
  returned: always
  type: list
  elements: str
time:
  description: The clock of the host, in seconds since 1970.
  returned: always
  type: float
"""

import glob
import ipaddress
import os
import re
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.ops_host import read_text

MIB = 1024**2
LISTEN = '0A'


def main():
    port = {'unit': {'type': 'str', 'required': True}, 'port': {'type': 'int', 'required': True}}
    module = AnsibleModule(
        argument_spec={
            'systems': {'type': 'list', 'elements': 'str', 'default': []},
            'memory_mib': {'type': 'int', 'default': 0},
            'free_mib': {'type': 'dict', 'default': {}},
            'open_files': {'type': 'int', 'default': 0},
            'max_map_count': {'type': 'int', 'default': 0},
            'swap': {'type': 'bool', 'default': False},
            'ports': {'type': 'list', 'elements': 'dict', 'default': [], 'options': port},
            'peers': {'type': 'dict', 'default': {}},
            'peer_port': {'type': 'int', 'default': 22},
            'names_follow': {'type': 'bool', 'default': True},
        },
        supports_check_mode=True,
    )
    params = module.params
    faults = [
        *judge_system(params['systems']),
        *judge_memory(params['memory_mib']),
        *judge_space(params['free_mib']),
        *judge_limits(params['open_files'], params['max_map_count']),
        *judge_swap(params['swap']),
        *judge_time(),
        *judge_ports(params['ports']),
        *judge_names(params['peers'], params['names_follow']),
        *judge_peers(params['peers'], params['peer_port']),
    ]
    module.exit_json(changed=False, faults=faults, time=time.time())


# The machine


def judge_system(known):
    if known:
        shown = dict(re.findall(r'(?m)^(\w+)="?([^"\n]*)"?$', read_text('/etc/os-release')))
        if shown.get('ID') not in known:
            yield 'the system is %s, and the roles know %s' % (shown.get('PRETTY_NAME', 'unknown'), ', '.join(known))
    if read_text('/proc/1/comm').strip() != 'systemd':
        yield 'systemd does not run this host'


def judge_memory(least):
    there = os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') // MIB
    limit = read_text('/sys/fs/cgroup/memory.max').strip()
    if limit.isdigit():
        there = min(there, int(limit) // MIB)
    if there < least:
        yield 'memory: %d MiB, and at least %d are needed: give it more, or a smaller heap' % (there, least)


def judge_space(least):
    for path, needed in sorted(least.items()):
        there = path
        while not os.path.isdir(there):
            there = os.path.dirname(there)
        shown = os.statvfs(there)
        free = shown.f_bavail * shown.f_frsize // MIB
        if free < int(needed):
            yield 'disk: %d MiB free for %s, and at least %d are needed: make room' % (free, path, int(needed))


def judge_limits(files, maps):
    shown = re.search(r'(?m)^Max open files\s+\S+\s+(\S+)', read_text('/proc/1/limits'))
    if shown and shown[1].isdigit() and int(shown[1]) < files:
        yield 'open files: systemd can give %s to a service, and %d are needed: raise the limit of the host' % (shown[1], files)
    there = read_text('/proc/sys/vm/max_map_count').strip()
    if is_container() and there.isdigit() and int(there) < maps:
        yield 'vm.max_map_count is %s: set it to %d on the machine that carries this container' % (there, maps)


def judge_swap(allowed):
    used = [line.split()[0] for line in read_text('/proc/swaps').splitlines()[1:] if line.strip()]
    if used and not allowed:
        yield 'swap is in use (%s): a swapped heap stops the node; swapoff -a, and take it out of /etc/fstab' % ', '.join(used)


def judge_time():
    """Only where something is there to keep the time; role base brings it elsewhere."""
    active = [unit for unit in ('chrony', 'systemd-timesyncd', 'ntpsec') if ask(['systemctl', 'is-active', unit]) == 'active']
    if active and ask(['timedatectl', 'show', '--property', 'NTPSynchronized', '--value']) == 'no':
        yield 'the clock is not synchronised although %s runs: look at its sources' % active[0]


# Ports


def judge_ports(ports):
    holders = None
    for one in ports:
        inodes = listeners_of(one['port'])
        if not inodes:
            continue
        holders = holders if holders is not None else find_holders()
        for name, unit in sorted({holders.get(inode, ('an unknown process', '')) for inode in inodes}):
            if unit != one['unit'] + '.service':
                yield 'port %d is held by %s, and %s needs it: stop it, or give another port' % (one['port'], name, one['unit'])


def listeners_of(port):
    found = set()
    for path in ('/proc/net/tcp', '/proc/net/tcp6'):
        for line in read_text(path).splitlines()[1:]:
            words = line.split()
            if words[3] == LISTEN and int(words[1].rsplit(':', 1)[1], 16) == port:
                found.add(words[9])
    return found


def find_holders():
    """Name of the process and its unit, by the inode of the socket."""
    found = {}
    for link in glob.glob('/proc/[0-9]*/fd/*'):
        try:
            match = re.fullmatch(r'socket:\[(\d+)\]', os.readlink(link))
        except OSError:
            continue
        if match:
            pid = link.split('/')[2]
            unit = re.search(r'([^/\n]+\.service)', read_text('/proc/%s/cgroup' % pid))
            found[match[1]] = ('%s (process %s)' % (read_text('/proc/%s/comm' % pid).strip(), pid), unit[1] if unit else '')
    return found


# Names and addresses


def judge_names(peers, follow):
    own = socket.gethostname()
    if not resolve(own):
        yield 'its own name %s does not resolve: put it into /etc/hosts' % own
    for name, address in sorted(peers.items()):
        if not is_address(address):
            if not resolve(address):
                yield '%s, the address of %s, does not resolve' % (address, name)
            continue
        found = resolve(name)
        if not found and not follow:
            yield 'the name %s does not resolve' % name
        if found and address not in found:
            yield 'the name %s resolves to %s, and the inventory says %s' % (name, ', '.join(sorted(found)), address)


def judge_peers(peers, port):
    if not peers:
        return
    with ThreadPoolExecutor(max_workers=min(16, len(peers))) as pool:
        troubles = pool.map(lambda name: (name, trouble_with(peers[name], port)), sorted(peers))
    for name, trouble in troubles:
        if trouble:
            yield '%s (%s) cannot be reached on port %d: %s' % (name, peers[name], port, trouble)


def trouble_with(address, port):
    try:
        with socket.create_connection((address, port), timeout=5):
            return None
    except ConnectionRefusedError:
        # It is there; what does not listen is another matter.
        return None
    except socket.gaierror:
        return None
    except OSError as error:
        return str(error)


def is_address(text):
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def resolve(name):
    try:
        return {one[4][0] for one in socket.getaddrinfo(name, None)}
    except OSError:
        return set()


def is_container():
    return subprocess.run(['systemd-detect-virt', '--container', '--quiet'], timeout=10, check=False).returncode == 0


def ask(command):
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=10, check=False).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ''


if __name__ == '__main__':
    main()
