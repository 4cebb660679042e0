#!/usr/bin/python
"""Makes topics that are not there yet. It never changes one that is: more partitions move keys to other partitions, and fewer
copies lose data; runbooks do that."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ops_kafka_topics
short_description: Makes topics that are not there yet
description:
  - Where a topic is there and differs, or where no broker answers, that is a warning.
options:
  home: {type: path, required: true, description: [Home of Kafka]}
  java_home: {type: str, default: '', description: [Home of Java; empty for the one on the path]}
  servers: {type: str, required: true, description: ['Brokers, as host:port, separated by commas']}
  config: {type: path, required: true, description: [How tools reach the cluster (--command-config)]}
  topics:
    type: list
    elements: dict
    required: true
    description: [Topics that have to be there]
    suboptions:
      name: {type: str, required: true, description: [Name]}
      partitions: {type: int, required: true, description: [Number of partitions]}
      replication_factor: {type: int, required: true, description: [Copies of each partition]}
      settings: {type: dict, default: {}, description: [Settings of the topic]}
author: [ops]
"""

EXAMPLES = r"""
- name: Make the topic of the logs
  ops_kafka_topics:
    home: /opt/kafka
    servers: kafka01:9092,kafka02:9092
    config: /etc/kafka/admin.properties
    topics:
      - {name: raw-logs, partitions: 16, replication_factor: 2, settings: {min.insync.replicas: 2}}
"""

RETURN = r"""
topics:
  description: What there is, by name, with C(partitions), C(replication_factor) and C(settings); null where nobody could be asked.
  returned: success
  type: dict
warnings_found:
  description: What is not as it was asked for, and what a topic cannot bear.
  returned: success
  type: list
  elements: str
"""

import re

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.ops_kafka_tools import TOOL_OPTIONS, ToolFailed, open_servers, run_tool


def main():
    module = AnsibleModule(
        argument_spec={
            **TOOL_OPTIONS,
            'servers': {'type': 'str', 'required': True},
            'topics': {
                'type': 'list',
                'elements': 'dict',
                'required': True,
                'options': {
                    'name': {'type': 'str', 'required': True},
                    'partitions': {'type': 'int', 'required': True},
                    'replication_factor': {'type': 'int', 'required': True},
                    'settings': {'type': 'dict', 'default': {}},
                },
            },
        },
        supports_check_mode=True,
    )
    wanted = {one['name']: one for one in module.params['topics']}
    servers = open_servers(module.params['servers'])
    if not servers:
        answer_for_nobody(module, wanted)
    try:
        found = describe(run_tool(module.params, 'kafka-topics.sh', servers, '--describe', '--exclude-internal'))
        lacking = [name for name in wanted if name not in found]
        if not module.check_mode:
            for name in lacking:
                create(module.params, servers, wanted[name])
    except ToolFailed as error:
        module.fail_json(msg=str(error))
    topics = {**{name: found[name] for name in wanted if name in found}, **{name: shape_of(wanted[name]) for name in lacking}}
    warnings = [line for name in wanted for line in judge(name, wanted[name], topics[name])]
    module.exit_json(changed=bool(lacking), topics=topics, warnings_found=warnings, diff=diff_of(lacking, wanted))


def answer_for_nobody(module, wanted):
    """In a first run in check mode no broker is there yet; otherwise somebody has stopped all of them."""
    if module.check_mode:
        names = list(wanted)
        topics = {name: shape_of(wanted[name]) for name in names}
        warnings = [line for name in names for line in judge(name, wanted[name], topics[name])]
        module.exit_json(changed=bool(names), topics=topics, warnings_found=warnings, diff=diff_of(names, wanted))
    warning = 'the topics %s were not looked at: no broker answers (%s)' % (', '.join(wanted), module.params['servers'])
    module.exit_json(changed=False, topics=None, warnings_found=[warning])


def shape_of(topic):
    settings = {name: str(value) for name, value in topic['settings'].items()}
    return {'partitions': topic['partitions'], 'replication_factor': topic['replication_factor'], 'settings': settings}


def describe(text):
    """What `kafka-topics.sh --describe` says of every topic."""
    found = {}
    for line in text.splitlines():
        match = re.match(r'Topic: (\S+)\s.*PartitionCount: (\d+)\s+ReplicationFactor: (\d+)\s+Configs: ?(.*)$', line)
        if match:
            pairs = re.findall(r'([a-z][a-z.]*)=((?:[^,\[]|\[[^\]]*\]|,(?![a-z][a-z.]*=))*)', match[4])
            found[match[1]] = {'partitions': int(match[2]), 'replication_factor': int(match[3]), 'settings': dict(pairs)}
    return found


def create(params, servers, topic):
    settings = [part for name, value in topic['settings'].items() for part in ('--config', '%s=%s' % (name, value))]
    size = ['--partitions', str(topic['partitions']), '--replication-factor', str(topic['replication_factor'])]
    run_tool(params, 'kafka-topics.sh', servers, '--create', '--if-not-exists', '--topic', topic['name'], *size, *settings)


def judge(name, wanted, there):
    found = []
    for part in ('partitions', 'replication_factor'):
        if there[part] != wanted[part]:
            found.append('topic %s has %s %d, and not %d as asked for' % (name, part, there[part], wanted[part]))
    for setting, value in wanted['settings'].items():
        # A value that is the brokers' own default may be shown or not; one that is shown and differs is another one.
        if there['settings'].get(setting, str(value)) != str(value):
            found.append('topic %s has %s %s, and not %s as asked for' % (name, setting, there['settings'][setting], value))
    copies = there['replication_factor']
    least = int(there['settings'].get('min.insync.replicas', wanted['settings'].get('min.insync.replicas', 1)))
    if copies <= least:
        found.append(
            'topic %s has %d copies and min.insync.replicas %d: while any one broker is down, every partition with a copy on it '
            'refuses writes with acks=all; three copies would bear it' % (name, copies, least)
        )
    return found


def diff_of(names, wanted):
    lines = ['%s: %s\n' % (name, shape_of(wanted[name])) for name in names]
    return {'before_header': 'topics', 'after_header': 'topics', 'before': '', 'after': ''.join(lines)}


if __name__ == '__main__':
    main()
