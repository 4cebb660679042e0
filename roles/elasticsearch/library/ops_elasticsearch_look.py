#!/usr/bin/python
"""Looks at the node of a host before anything is done to it: installed or not, running or not, new or with data. It changes
nothing."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ops_elasticsearch_look
short_description: Says what there is of an Elasticsearch node on a host
options:
  method: {type: str, required: true, choices: [apt, archive], description: [How it is installed]}
  home: {type: path, required: true, description: [Home of the software]}
  config_dir: {type: path, required: true, description: [Directory of elasticsearch.yml]}
  data_dir: {type: path, required: true, description: [Directory of the data]}
  unit: {type: str, default: elasticsearch, description: [systemd unit]}
  watched: {type: dict, default: {}, description: [Files that a running node has read at its start, by the name to call each]}
  peers: {type: dict, default: {}, description: [Address of every other node, by its name]}
  port: {type: int, required: true, description: [Transport port of the peers]}
author: [ops]
"""

EXAMPLES = r"""
- name: Look at the node
  ops_elasticsearch_look:
    method: archive
    home: /usr/share/elasticsearch
    config_dir: /etc/elasticsearch
    data_dir: /var/lib/elasticsearch
    port: 9300
"""

RETURN = r"""
installed:
  description: Version of the package, or checksum of the archive; empty where nothing is installed.
  returned: success
  type: str
running:
  description: Whether the service has a process.
  returned: success
  type: bool
has_data:
  description: Whether a node has ever been started on the data directory.
  returned: success
  type: bool
forming:
  description: Whether the configuration still names the masters of a first start.
  returned: success
  type: bool
stale:
  description: Names of watched files that have changed since the process began.
  returned: success
  type: list
  elements: str
answering:
  description: Peers whose transport port is open.
  returned: success
  type: list
  elements: str
"""

import datetime
import json
import os
import re
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor

from ansible.module_utils.basic import AnsibleModule

SHOWN = 'LoadState,ActiveState,MainPID,UnitFileState,NeedDaemonReload,ExecMainStartTimestamp'


def main():
    module = AnsibleModule(
        argument_spec={
            'method': {'type': 'str', 'required': True, 'choices': ['apt', 'archive']},
            'home': {'type': 'path', 'required': True},
            'config_dir': {'type': 'path', 'required': True},
            'data_dir': {'type': 'path', 'required': True},
            'unit': {'type': 'str', 'default': 'elasticsearch'},
            'watched': {'type': 'dict', 'default': {}},
            'peers': {'type': 'dict', 'default': {}},
            'port': {'type': 'int', 'required': True},
        },
        supports_check_mode=True,
    )
    params = module.params
    shown = show_unit(module, params['unit'])
    running = int(shown.get('MainPID', '0') or 0) > 0
    config = params['config_dir']
    module.exit_json(
        changed=False,
        installed=installed_of(params),
        running=running,
        state=shown.get('ActiveState', 'unknown'),
        enabled=shown.get('UnitFileState') == 'enabled',
        needs_reload=shown.get('NeedDaemonReload') == 'yes',
        has_data=has_data(params['data_dir']),
        forming=bool(re.search(r'(?m)^cluster\.initial_master_nodes:', read_text(os.path.join(config, 'elasticsearch.yml')))),
        has_jvm_options=has_jvm_options(params['home'], config),
        defaults_due=params['method'] == 'archive' and installed_of(params) not in ('', defaults_of(config)),
        directories=[path for path in (config, os.path.join(config, 'jvm.options.d'), params['data_dir']) if os.path.isdir(path)],
        stale=stale_of(params['watched'], started_at(shown)) if running else [],
        answering=answering_of(params['peers'], params['port']),
        processors=os.cpu_count() or 1,
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


def installed_of(params):
    if params['method'] == 'archive':
        return read_text(os.path.join(params['home'], '.ops-archive')).strip()
    query = ['dpkg-query', '--show', '--showformat', '${db:Status-Abbrev}|${Version}', 'elasticsearch']
    ran = subprocess.run(query, capture_output=True, timeout=30, check=False, text=True)
    state, _bar, version = ran.stdout.partition('|')
    return version if ran.returncode == 0 and state[1:2] == 'i' else ''


def has_data(folder):
    return any(os.path.exists(os.path.join(folder, name)) for name in ('_state', 'nodes', 'indices', 'node.lock'))


def has_jvm_options(home, config):
    """Whether the distribution brings a jvm.options of its own."""
    if os.path.exists(os.path.join(home, 'config', 'jvm.options')):
        return True
    text = read_text(os.path.join(config, 'jvm.options'))
    return text != '' and not text.startswith('# Written by ops')


def defaults_of(config):
    """The archive whose files of configuration were put in place last."""
    try:
        return json.loads(read_text(os.path.join(config, '.ops-defaults.json')))['archive']
    except (ValueError, KeyError, TypeError):
        return ''


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
