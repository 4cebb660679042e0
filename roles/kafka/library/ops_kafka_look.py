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

import os
import shutil

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.ops_host import answering_of, id_of, list_data, read_text
from ansible.module_utils.ops_unit import UnitUnknown, show_unit, stale_of, state_of


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
    try:
        shown = show_unit(params['unit'])
    except UnitUnknown as error:
        module.fail_json(msg=str(error))
    module.exit_json(
        changed=False,
        installed=read_text(os.path.join(params['home'], '.ops-archive')).strip(),
        **state_of(shown),
        java=has_java(params['java_home']),
        user_id=id_of(params['user']),
        storage=look_at_storage(module, params['data_dir']),
        directories=[path for path in (params['config_dir'], params['data_dir'], params['log_dir']) if os.path.isdir(path)],
        stale=stale_of(params['watched'], shown),
        answering=answering_of(params['peers'], params['port']),
    )


def has_java(home):
    return os.access(os.path.join(home, 'bin', 'java'), os.X_OK) if home else shutil.which('java') is not None


def look_at_storage(module, folder):
    entries = list_data(module, folder)
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


if __name__ == '__main__':
    main()
