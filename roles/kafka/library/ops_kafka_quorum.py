#!/usr/bin/python
"""Asks Kafka's controllers who leads them and who keeps up. It changes nothing, and is never wrong in silence: where nobody can be
asked, it says why."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ops_kafka_quorum
short_description: Says who leads the controllers of Kafka and who keeps up
options:
  home: {type: path, required: true, description: [Home of Kafka]}
  java_home: {type: str, default: '', description: [Home of Java; empty for the one on the path]}
  address: {type: str, required: true, description: [Address of a broker]}
  port: {type: int, required: true, description: [Its port]}
  config: {type: path, required: true, description: [How tools reach the cluster (--command-config)]}
  lag_seconds: {type: int, default: 10, description: [A voter that caught up within these seconds keeps up]}
author: [ops]
"""

EXAMPLES = r"""
- name: Ask the controllers
  ops_kafka_quorum:
    home: /opt/kafka
    address: 192.168.56.41
    port: 9092
    config: /etc/kafka/admin.properties
"""

RETURN = r"""
leader:
  description: Id of the leader; null where there is none or nobody could be asked.
  returned: success
  type: int
voters:
  description: How many voters keep up with it, itself included.
  returned: success
  type: int
all_voters:
  description: Ids of all voters.
  returned: success
  type: list
  elements: int
problem:
  description: Why it is not known; null where it is.
  returned: success
  type: str
"""

import re

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.ops_kafka_tools import TOOL_OPTIONS, ToolFailed, is_open, run_tool


def main():
    module = AnsibleModule(
        argument_spec={
            **TOOL_OPTIONS,
            'address': {'type': 'str', 'required': True},
            'port': {'type': 'int', 'required': True},
            'lag_seconds': {'type': 'int', 'default': 10},
        },
        supports_check_mode=True,
    )
    params = module.params
    server = '%s:%d' % (params['address'], params['port'])
    if not is_open(server):
        answer(module, problem='the broker does not answer on %s' % server)
    try:
        text = run_tool(params, 'kafka-metadata-quorum.sh', server, 'describe', '--replication')
    except ToolFailed as error:
        answer(module, problem=str(error))
    answer(module, nodes=read_nodes(text))


def answer(module, nodes=(), problem=None):
    voters = [node for node in nodes if node['status'] in ('Leader', 'Follower')]
    leader = next((node for node in voters if node['status'] == 'Leader'), None)
    if leader is None and problem is None:
        problem = 'the controllers have no leader'
    near = module.params['lag_seconds'] * 1000
    current = [node for node in voters if leader and leader['caught_up'] - node['caught_up'] <= near]
    module.exit_json(
        changed=False,
        leader=leader['id'] if leader else None,
        voters=len(current),
        all_voters=sorted(node['id'] for node in voters),
        problem=problem,
    )


def read_nodes(text):
    """Rows of `describe --replication`: id, end of the log, lag, last fetch, last caught up (both in ms), status."""
    rows = re.findall(r'(?m)^(\d+)\s+(-?\d+)\s+(-?\d+)\s+(-?\d+)\s+(-?\d+)\s+(\w+)\s*$', text)
    return [{'id': int(row[0]), 'caught_up': int(row[4]), 'status': row[5]} for row in rows]


if __name__ == '__main__':
    main()
