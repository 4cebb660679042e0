#!/usr/bin/python
"""Gives users of Kafka their first password (SCRAM-SHA-512). A user that has one keeps it. Passwords travel in a file of mode
0600 that is removed at once, never on a command line."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ops_kafka_users
short_description: Makes users with SCRAM-SHA-512 that are not there yet
options:
  home: {type: path, required: true, description: [Home of Kafka]}
  java_home: {type: str, default: '', description: [Home of Java; empty for the one on the path]}
  servers: {type: str, required: true, description: ['Brokers, as host:port, separated by commas']}
  config: {type: path, required: true, description: [How tools reach the cluster (--command-config)]}
  users: {type: dict, required: true, description: [Passwords by the name of the user]}
author: [ops]
"""

EXAMPLES = r"""
- name: Give users their passwords
  ops_kafka_users:
    home: /opt/kafka
    servers: kafka01:9094
    config: /etc/kafka/admin.properties
    users: {logstash: "{{ password }}"}
  no_log: true
"""

RETURN = r"""
made:
  description: Names of the users that were made.
  returned: success
  type: list
  elements: str
"""

import os
import re
import tempfile

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.ops_kafka_tools import TOOL_OPTIONS, ToolFailed, open_servers, run_tool


def main():
    module = AnsibleModule(
        argument_spec={
            **TOOL_OPTIONS,
            'servers': {'type': 'str', 'required': True},
            'users': {'type': 'dict', 'required': True, 'no_log': True},
        },
        supports_check_mode=True,
    )
    params = module.params
    servers = open_servers(params['servers'])
    if not servers and not module.check_mode:
        module.fail_json(msg='no broker answers (%s)' % params['servers'])
    try:
        text = run_tool(params, 'kafka-configs.sh', servers, '--describe', '--entity-type', 'users') if servers else ''
        there = set(re.findall(r"user-principal '([^']+)' are .*SCRAM-SHA-512=", text))
        lacking = sorted(name for name in params['users'] if name not in there)
        if not module.check_mode:
            for name in lacking:
                give_password(params, servers, name)
    except ToolFailed as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=bool(lacking), made=lacking)


def give_password(params, servers, name):
    password = str(params['users'][name]).strip()
    if not re.fullmatch(r'[!-~]{8,}', password):
        raise ToolFailed('the password of %s has to be 8 characters or more, of ASCII and without blanks' % name)
    handle, path = tempfile.mkstemp(prefix='.ops-')
    try:
        with os.fdopen(handle, 'w', encoding='ascii') as file:
            file.write('SCRAM-SHA-512=password=%s\n' % password.replace('\\', '\\\\'))
        run_tool(
            params, 'kafka-configs.sh', servers, '--alter', '--add-config-file', path, '--entity-type', 'users', '--entity-name', name
        )
    finally:
        os.unlink(path)


if __name__ == '__main__':
    main()
