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

import json
import os
import re
import subprocess

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.ops_host import answering_of, read_text
from ansible.module_utils.ops_unit import UnitUnknown, show_unit, stale_of, state_of


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
    try:
        shown = show_unit(params['unit'])
    except UnitUnknown as error:
        module.fail_json(msg=str(error))
    config = params['config_dir']
    module.exit_json(
        changed=False,
        installed=installed_of(params),
        **state_of(shown),
        has_data=has_data(params['data_dir']),
        forming=bool(re.search(r'(?m)^cluster\.initial_master_nodes:', read_text(os.path.join(config, 'elasticsearch.yml')))),
        has_jvm_options=has_jvm_options(params['home'], config),
        defaults_due=params['method'] == 'archive' and installed_of(params) not in ('', defaults_of(config)),
        directories=[path for path in (config, os.path.join(config, 'jvm.options.d'), params['data_dir']) if os.path.isdir(path)],
        stale=stale_of(params['watched'], shown),
        answering=answering_of(params['peers'], params['port']),
        processors=os.cpu_count() or 1,
    )


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


if __name__ == '__main__':
    main()
