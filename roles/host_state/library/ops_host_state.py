#!/usr/bin/python
"""What a host has of each system: its config, its data, a running service. Reads only."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ops_host_state
short_description: Says of each system whether it was ever set up on this host, and whether it runs
description:
  - One call for all systems of a host, since a module call costs more than everything that this one does.
options:
  systems:
    type: dict
    required: true
    description:
      - By name of the system, a dict with C(config) (a file), C(data) (a directory, may be left out) and C(service) (a unit of
        systemd, may be left out).
author: [ops]
"""

EXAMPLES = r"""
- name: Look at Elasticsearch
  ops_host_state:
    systems:
      elasticsearch:
        config: /etc/elasticsearch/elasticsearch.yml
        data: /var/lib/elasticsearch
        service: elasticsearch
"""

RETURN = r"""
systems:
  description: By name, C(configured), C(data) and C(running).
  returned: always
  type: dict
"""

import os
import subprocess

from ansible.module_utils.basic import AnsibleModule


def holds_something(path):
    try:
        with os.scandir(path) as entries:
            return any(entry.name != 'lost+found' for entry in entries)
    except OSError:
        return False


def runs(service):
    try:
        answer = subprocess.run(['systemctl', 'is-active', '--', service], stdout=subprocess.PIPE, check=False, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.stdout.strip() in (b'active', b'activating', b'deactivating', b'reloading')


def main():
    module = AnsibleModule(argument_spec={'systems': {'type': 'dict', 'required': True}}, supports_check_mode=True)
    found = {}
    for name, where in module.params['systems'].items():
        found[name] = {
            'configured': os.path.isfile(where['config']),
            'data': bool(where.get('data')) and holds_something(where['data']),
            'running': bool(where.get('service')) and runs(where['service']),
        }
    module.exit_json(changed=False, systems=found)


if __name__ == '__main__':
    main()
