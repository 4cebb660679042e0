#!/usr/bin/python
"""Starts a node for the first time and waits until it serves: its controllers have a leader, and the broker has caught up. A
broker opens its port only then. It never stops or restarts anything."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ops_kafka_first_start
short_description: Starts a Kafka node for the first time and waits until it serves
description:
  - In check mode it says that the node would be started.
options:
  address: {type: str, required: true, description: [Address of the broker]}
  port: {type: int, required: true, description: [Port for clients]}
  unit: {type: str, default: kafka, description: [systemd unit]}
  log_dir: {type: path, required: true, description: [Directory of the node's log files]}
  stall_seconds: {type: int, required: true, description: [Longest time without a word in the log]}
  limit_seconds: {type: int, default: 1800, description: [Longest time for all of it]}
author: [ops]
"""

EXAMPLES = r"""
- name: Start the node
  ops_kafka_first_start:
    address: 192.168.56.41
    port: 9092
    log_dir: /var/log/kafka
    stall_seconds: 120
"""

RETURN = r"""
seconds:
  description: How long it took.
  returned: success
  type: float
"""

import os
import re
import subprocess
import time

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.ops_host import is_open, log_bytes
from ansible.module_utils.ops_unit import has_ended, last_of, read_journal

TELLING = r'ERROR|FATAL|Exception|Error:|OutOfMemory'


def main():
    module = AnsibleModule(
        argument_spec={
            'address': {'type': 'str', 'required': True},
            'port': {'type': 'int', 'required': True},
            'unit': {'type': 'str', 'default': 'kafka'},
            'log_dir': {'type': 'path', 'required': True},
            'stall_seconds': {'type': 'int', 'required': True},
            'limit_seconds': {'type': 'int', 'default': 1800},
        },
        supports_check_mode=True,
    )
    if module.check_mode:
        module.exit_json(changed=True, seconds=0.0)
    began = time.monotonic()
    start(module)
    wait_for_broker(module, began)
    module.exit_json(changed=True, seconds=round(time.monotonic() - began, 1))


def start(module):
    ran = subprocess.run(
        ['systemctl', 'start', module.params['unit']], capture_output=True, text=True, timeout=120, check=False
    )
    if ran.returncode != 0:
        module.fail_json(msg='the node does not start: %s' % last_words(module.params))


def wait_for_broker(module, began):
    params = module.params
    last, moved = None, began
    while not is_open(params['address'], params['port']):
        if has_ended(params['unit']):
            module.fail_json(msg='the node has ended at its first start: %s' % last_words(params))
        now = time.monotonic()
        seen = log_bytes(params['log_dir'])
        if seen != last:
            last, moved = seen, now
        if now - moved > params['stall_seconds'] or now - began > params['limit_seconds']:
            module.fail_json(
                msg='the broker does not serve on %s:%d after %d s, and its log has not moved for %d s: do a majority of the '
                'controllers reach each other? Its log ends: %s'
                % (params['address'], params['port'], now - began, now - moved, last_words(params))
            )
        time.sleep(0.5)


def last_words(params):
    """What the node said last: in its log, or in the journal where Java itself did not start."""
    lines = tail_of(os.path.join(params['log_dir'], 'server.log'))
    if not any(re.search(TELLING, line) for line in lines):
        lines += read_journal(params['unit'], 40)
    return last_of(lines, TELLING) or 'nothing'


def tail_of(path):
    try:
        with open(path, 'rb') as file:
            file.seek(max(0, os.path.getsize(path) - 32768))
            return file.read().decode('utf-8', 'replace').splitlines()
    except OSError:
        return []


if __name__ == '__main__':
    main()
