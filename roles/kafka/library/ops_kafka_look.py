#!/usr/bin/python
"""Looks at the Kafka node of a host before anything is done to it: installed or not, running or not, new or with data. It
changes nothing."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ops_kafka_look
short_description: Says what there is of a Kafka node on a host
options:
  home: {type: path, required: true, description: [Home of the software]}
  config_dir: {type: path, required: true, description: [Directory of server.properties]}
  data_dir: {type: path, required: true, description: [Directory of the data]}
  log_dir: {type: path, required: true, description: [Directory of the log files]}
  user: {type: str, required: true, description: [User of the service]}
  java_home: {type: str, default: '', description: [Home of Java; empty for the one on the path]}
  unit: {type: str, default: kafka, description: [systemd unit]}
  watched: {type: dict, default: {}, description: [Files that a running node has read at its start, by the name to call each]}
  peers: {type: dict, default: {}, description: [Address of every other node, by its host]}
  port: {type: int, required: true, description: [Port of the controllers]}
author: [ops]
"""

EXAMPLES = r"""
- name: Look at the node
  ops_kafka_look:
    home: /opt/kafka
    config_dir: /etc/kafka
    data_dir: /var/lib/kafka
    log_dir: /var/log/kafka
    user: kafka
    port: 9093
"""

RETURN = r"""
installed:
  description: Checksum of the archive that the software came from; empty where there is none.
  returned: success
  type: str
running:
  description: Whether the service has a process.
  returned: success
  type: bool
storage:
  description:
    - C(formatted), with C(cluster_id) and C(node_id); C(started) where a node has ever run on it; C(foreign) where something is
      in it that is not Kafka's, with C(entries).
  returned: success
  type: dict
stale:
  description: Names of watched files that have changed since the process began.
  returned: success
  type: list
  elements: str
answering:
  description: Peers whose controller port is open.
  returned: success
  type: list
  elements: str
"""

import datetime
import os
import pwd
import shutil
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor

from ansible.module_utils.basic import AnsibleModule

SHOWN = 'LoadState,ActiveState,MainPID,UnitFileState,NeedDaemonReload,ExecMainStartTimestamp'


def main():
    module = AnsibleModule(
        argument_spec={
            'home': {'type': 'path', 'required': True},
            'config_dir': {'type': 'path', 'required': True},
            'data_dir': {'type': 'path', 'required': True},
            'log_dir': {'type': 'path', 'required': True},
            'user': {'type': 'str', 'required': True},
            'java_home': {'type': 'str', 'default': ''},
            'unit': {'type': 'str', 'default': 'kafka'},
            'watched': {'type': 'dict', 'default': {}},
            'peers': {'type': 'dict', 'default': {}},
            'port': {'type': 'int', 'required': True},
        },
        supports_check_mode=True,
    )
    params = module.params
    shown = show_unit(module, params['unit'])
    running = int(shown.get('MainPID', '0') or 0) > 0
    module.exit_json(
        changed=False,
        installed=read_text(os.path.join(params['home'], '.ops-archive')).strip(),
        running=running,
        state=shown.get('ActiveState', 'unknown'),
        enabled=shown.get('UnitFileState') == 'enabled',
        needs_reload=shown.get('NeedDaemonReload') == 'yes',
        java=has_java(params['java_home']),
        user_id=id_of(params['user']),
        storage=look_at_storage(module, params['data_dir']),
        directories=[path for path in (params['config_dir'], params['data_dir'], params['log_dir']) if os.path.isdir(path)],
        stale=stale_of(params['watched'], started_at(shown)) if running else [],
        answering=answering_of(params['peers'], params['port']),
    )


def show_unit(module, unit):
    ran = subprocess.run(
        ['systemctl', 'show', '--timestamp=us+utc', '--property', SHOWN, unit],
        capture_output=True,
        timeout=30,
        check=False,
        text=True,
    )
    if ran.returncode != 0:
        module.fail_json(msg='systemd cannot be asked about %s: %s' % (unit, ran.stderr.strip()))
    return dict(line.split('=', 1) for line in ran.stdout.splitlines() if '=' in line)


def has_java(home):
    return os.access(os.path.join(home, 'bin', 'java'), os.X_OK) if home else shutil.which('java') is not None


def id_of(user):
    try:
        return pwd.getpwnam(user).pw_uid
    except KeyError:
        return -1


def look_at_storage(module, folder):
    try:
        entries = sorted(name for name in os.listdir(folder) if name != 'lost+found')
    except FileNotFoundError:
        entries = []
    except OSError as error:
        module.fail_json(msg='%s cannot be looked at: %s' % (folder, error))
    text = read_text(os.path.join(folder, 'meta.properties'))
    meta = dict(line.split('=', 1) for line in text.splitlines() if '=' in line and not line.startswith('#'))
    formatted = 'meta.properties' in entries
    return {
        'formatted': formatted,
        'cluster_id': meta.get('cluster.id', ''),
        'node_id': meta.get('node.id', ''),
        'started': '__cluster_metadata-0' in entries,
        'foreign': bool(entries) and not formatted,
        'entries': entries[:5],
    }


def started_at(shown):
    text = shown.get('ExecMainStartTimestamp', '')
    try:
        moment = datetime.datetime.strptime(text, '%a %Y-%m-%d %H:%M:%S.%f UTC')
    except ValueError:
        return None
    return moment.replace(tzinfo=datetime.timezone.utc).timestamp()


def stale_of(watched, started):
    """A file that was written after the process began is one that the process has not read."""
    if started is None:
        return sorted(watched)
    return sorted(name for name, path in watched.items() if (changed_at(path) or 0) > started)


def changed_at(path):
    try:
        return os.stat(path).st_mtime
    except OSError:
        return None


def answering_of(peers, port):
    if not peers:
        return []
    with ThreadPoolExecutor(max_workers=min(16, len(peers))) as pool:
        found = pool.map(lambda name: (name, is_open(peers[name], port)), sorted(peers))
    return [name for name, answers in found if answers]


def is_open(address, port):
    try:
        with socket.create_connection((address, port), timeout=2):
            return True
    except OSError:
        return False


def read_text(path):
    try:
        with open(path, encoding='utf-8') as file:
            return file.read()
    except (OSError, UnicodeDecodeError):
        return ''


if __name__ == '__main__':
    main()
